import { describe, expect, test } from 'vitest'
import { useBackend } from '../backend.js'
import type { Tensor } from '../ops.js'
import { startedBackends } from '../started-backends.fixture.js'
import { attention, attentionBackward } from './attention.js'
import { expectGradients, randomTensor, readAndFree, relativeError } from './gradient-check.fixture.js'
import { headLoss } from './head-loss.js'
import { causalChunks } from './query-chunks.js'
import { normalizeRows, normalizeRowsBackward } from './rms-norm.js'
import { swiglu, swigluBackward } from './swiglu.js'

describe.each(startedBackends)('fused operations on %s', (name) => {
  test('RMS norm: rows have root mean square 1 and the gradient is that of finite differences', async () => {
    const { ops } = await useBackend(name)
    const input = randomTensor([3, 8], 1)
    const normalized = await readAndFree(
      ops,
      ops.scope(() => normalizeRows(ops, ops.upload(input.data, input.shape), 1e-6).normalized),
    )
    const meanSquare = normalized.slice(0, 8).reduce((sum, value) => sum + value * value, 0) / 8
    expect(meanSquare).toBeCloseTo(1, 4)
    await expectGradients(ops, {
      inputs: { x: input },
      forward: ({ x }) => normalizeRows(ops, x, 1e-3).normalized,
      backward: ({ x }, dy) => ({ x: normalizeRowsBackward(ops, dy, normalizeRows(ops, x, 1e-3)) }),
    })
  })

  test('SwiGLU: gradients are those of finite differences', async () => {
    const { ops } = await useBackend(name)
    await expectGradients(ops, {
      inputs: { gate: randomTensor([3, 6], 2), up: randomTensor([3, 6], 3) },
      forward: ({ gate, up }) => swiglu(ops, gate, up).activated,
      backward: (inputs, dy) => {
        const { dGate, dUp } = swigluBackward(ops, inputs, swiglu(ops, inputs.gate, inputs.up), dy)
        return { gate: dGate, up: dUp }
      },
    })
  })

  test.each([
    { chunkSize: 5, keepProbabilities: true },
    { chunkSize: 2, keepProbabilities: true },
    { chunkSize: 2, keepProbabilities: false },
    { chunkSize: 1, keepProbabilities: false },
  ])('attention with grouped heads, %o: gradients are those of finite differences', async (options) => {
    const { ops } = await useBackend(name)
    await expectGradients(ops, {
      inputs: {
        query: randomTensor([4, 2, 5, 2], 4, 0.7),
        key: randomTensor([2, 2, 5, 2], 5, 0.7),
        value: randomTensor([2, 2, 5, 2], 6),
      },
      forward: (inputs) => attention(ops, inputs, causalChunks(ops, 5, options), false).attended,
      backward: (inputs, dAttended) => {
        const chunks = causalChunks(ops, 5, options)
        const outputs = attention(ops, inputs, chunks, options.keepProbabilities)
        const { dQuery, dKey, dValue } = attentionBackward(ops, inputs, outputs, dAttended, chunks)
        return { query: dQuery, key: dKey, value: dValue }
      },
    })
  })

  test('attention in chunks equals attention at once, and queries after cached keys see them', async () => {
    const { ops } = await useBackend(name)
    const [query, key, value] = [
      randomTensor([4, 1, 9, 4], 7),
      randomTensor([2, 1, 9, 4], 8),
      randomTensor([2, 1, 9, 4], 9),
    ]
    const run = async (queryBegin: number, chunkSize: number): Promise<Float32Array> => {
      const attended = ops.scope(() => {
        const rows = ops.slice(ops.upload(query.data, query.shape), [0, 0, queryBegin, 0], [-1, -1, -1, -1])
        const inputs = {
          query: rows,
          key: ops.upload(key.data, key.shape),
          value: ops.upload(value.data, value.shape),
        }
        const chunks = causalChunks(ops, 9 - queryBegin, { chunkSize, cachedCount: queryBegin })
        const whole = attention(ops, inputs, chunks, false).attended // [H, B, T, D]
        return ops.slice(whole, [0, 0, 4 - queryBegin, 0], [-1, -1, 5, -1]) // queries 4 … 8
      })
      return readAndFree(ops, attended)
    }
    const expected = await run(0, 9)
    expect(relativeError(await run(0, 2), expected)).toBeLessThan(1e-5)
    expect(relativeError(await run(4, 9), expected)).toBeLessThan(1e-5)
    expect(relativeError(await run(4, 2), expected)).toBeLessThan(1e-5)
  })

  test.each([
    { rowsPerChunk: 256, rows: [0, 1, 2, 3, 4] },
    { rowsPerChunk: 2, rows: [0, 1, 2, 3, 4] },
    { rowsPerChunk: 2, rows: [1, 2, 4] },
  ])('head and loss, %o: gradients are those of finite differences', async ({ rowsPerChunk, rows }) => {
    const { ops } = await useBackend(name)
    const labels = Int32Array.from([3, 0, 6, 6, 2].slice(0, rows.length))
    const labelled = { rows: Int32Array.from(rows), labels }
    const input = { hidden: randomTensor([5, 4], 10), weight: randomTensor([7, 4], 11) }
    const divisor = 3
    await expectGradients(ops, {
      inputs: input,
      forward: ({ hidden, weight }) => {
        const { losses } = headLoss(ops, hidden, weight, labelled, { rowsPerChunk })
        return ops.scale(ops.sum(losses, [0], true), 1 / divisor) // [1]
      },
      backward: ({ hidden, weight }, dLoss) => {
        const gradients = { divisor, ofWeight: true }
        const loss = headLoss(ops, hidden, weight, labelled, { rowsPerChunk, gradients })
        const [dHidden, dWeight] = [loss.dHidden as Tensor, loss.dWeight as Tensor]
        return { hidden: ops.mul(dHidden, dLoss), weight: ops.mul(dWeight, dLoss) }
      },
    })
  })

  test('no handle outlives its scope', async () => {
    const { ops } = await useBackend(name)
    const before = ops.memory().tensors
    ops.scope(() => {
      const x = ops.upload(randomTensor([4, 2, 6, 4], 12).data, [4, 2, 6, 4])
      const inputs = { query: x, key: x, value: x }
      const chunks = causalChunks(ops, 6, { chunkSize: 4 })
      const live = ops.memory().tensors
      const outputs = attention(ops, inputs, chunks, true)
      attentionBackward(ops, inputs, outputs, outputs.attended, chunks)
      expect(ops.memory().tensors - live).toBe(1 + 2 + 3) // attended, one P per chunk, three gradients
    })
    expect(ops.memory().tensors).toBe(before)
  })
})
