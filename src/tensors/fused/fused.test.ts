import { describe, expect, test } from 'vitest'
import { useBackend } from '../backend.js'
import type { Tensor } from '../ops.js'
import { startedBackends } from '../started-backends.fixture.js'
import { type AttentionRule, attention, attentionBackward } from './attention.js'
import { type Activation, gatedUnit, gatedUnitBackward } from './gated-unit.js'
import { expectGradients, randomTensor, readAndFree, relativeError } from './gradient-check.fixture.js'
import { headLoss } from './head-loss.js'
import { causalChunks } from './query-chunks.js'
import { normalizeRows, normalizeRowsBackward } from './rms-norm.js'

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

  test.each<[Activation, (g: number) => number]>([
    ['silu', (g) => g / (1 + Math.exp(-g))],
    ['gelu_pytorch_tanh', (g) => 0.5 * g * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (g + 0.044715 * g ** 3)))],
  ])('gated %s: values, and gradients are those of finite differences', async (activation, expected) => {
    const { ops } = await useBackend(name)
    const [gate, up] = [randomTensor([3, 6], 2, 2), randomTensor([3, 6], 3)]
    const values = await readAndFree(
      ops,
      ops.scope(() => {
        const [g, u] = [gate, up].map(({ data, shape }) => ops.upload(data, shape)) as [Tensor, Tensor]
        return gatedUnit(ops, activation, g, u).activated
      }),
    )
    const reference = gate.data.map((g, i) => expected(g) * (up.data[i] ?? 0))
    expect(relativeError(values, reference)).toBeLessThan(1e-6)
    await expectGradients(ops, {
      inputs: { gate, up },
      forward: (inputs) => gatedUnit(ops, activation, inputs.gate, inputs.up).activated,
      backward: (inputs, dy) => {
        const forward = gatedUnit(ops, activation, inputs.gate, inputs.up)
        const { dGate, dUp } = gatedUnitBackward(ops, activation, inputs, forward, dy)
        return { gate: dGate, up: dUp }
      },
    })
  })

  test.each([
    { chunkSize: 5, keepProbabilities: true },
    { chunkSize: 2, keepProbabilities: true },
    { chunkSize: 2, keepProbabilities: false },
    { chunkSize: 1, keepProbabilities: false },
    { chunkSize: 5, keepProbabilities: true, window: 2 },
    { chunkSize: 2, keepProbabilities: false, window: 3 },
    { chunkSize: 5, keepProbabilities: true, softCap: 0.8 },
    { chunkSize: 2, keepProbabilities: false, softCap: 0.8, window: 2 },
    { chunkSize: 5, keepProbabilities: true, segmentIds: Int32Array.of(0, 0, 1, 1, 1, 0, 1, 2, 2, 2) },
    { chunkSize: 2, keepProbabilities: false, segmentIds: Int32Array.of(0, 0, 1, 1, 1, 0, 1, 2, 2, 2) },
  ])('attention with grouped heads, %o: gradients are those of finite differences', async (options) => {
    const { ops } = await useBackend(name)
    const rule = (): AttentionRule => ({ chunks: causalChunks(ops, 5, options), softCap: options.softCap })
    await expectGradients(ops, {
      inputs: {
        query: randomTensor([4, 2, 5, 2], 4, 0.7),
        key: randomTensor([2, 2, 5, 2], 5, 0.7),
        value: randomTensor([2, 2, 5, 2], 6),
      },
      forward: (inputs) => attention(ops, inputs, rule(), false).attended,
      backward: (inputs, dAttended) => {
        const own = rule()
        const outputs = attention(ops, inputs, own, options.keepProbabilities)
        const { dQuery, dKey, dValue } = attentionBackward(ops, inputs, outputs, dAttended, own)
        return { query: dQuery, key: dKey, value: dValue }
      },
    })
  })

  test.each([
    { window: 3, chunkSize: 4 },
    { window: 1, chunkSize: 4 },
    {
      window: 3,
      chunkSize: 4,
      segmentIds: Int32Array.of(0, 0, 0, 0, 0, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5),
    },
    { chunkSize: 4, segmentIds: Int32Array.of(0, 0, 0, 0, 0, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5, 5, 5) },
  ])('keys outside window and segment get no weight, those inside all of it, %o', async (visibility) => {
    const { ops } = await useBackend(name)
    const [query, key] = [randomTensor([1, 2, 9, 9], 7, 0.3), randomTensor([1, 2, 9, 9], 8, 0.3)]
    // Values that name their key: attended values are then the weights.
    const value = Float32Array.from({ length: 2 * 9 * 9 }, (_, i) =>
      i % 9 === Math.floor(i / 9) % 9 ? 1 : 0,
    )
    const weights = await readAndFree(
      ops,
      ops.scope(() => {
        const inputs = {
          query: ops.upload(query.data, query.shape),
          key: ops.upload(key.data, key.shape),
          value: ops.upload(value, [1, 2, 9, 9]),
        }
        return attention(ops, inputs, { chunks: causalChunks(ops, 9, visibility) }, false).attended
      }),
    )
    const { window = 9, segmentIds } = visibility
    for (let row = 0; row < 18; row++) {
      const seen = [...weights.subarray(row * 9, row * 9 + 9)].map((weight) => weight > 0)
      const expected = seen.map((_, j) => {
        const [i, other] = [row % 9, row - (row % 9) + j]
        return j <= i && j > i - window && segmentIds?.[other] === segmentIds?.[row]
      })
      expect(seen).toEqual(expected)
    }
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
        const whole = attention(ops, inputs, { chunks }, false).attended // [H, B, T, D]
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
    { rowsPerChunk: 2, rows: [1, 2, 4], softCap: 1.5 },
  ])('head and loss, %o: gradients are those of finite differences', async (options) => {
    const { rows } = options
    const { ops } = await useBackend(name)
    const labels = Int32Array.from([3, 0, 6, 6, 2].slice(0, rows.length))
    const labelled = { rows: Int32Array.from(rows), labels }
    const input = { hidden: randomTensor([5, 4], 10), weight: randomTensor([7, 4], 11) }
    const divisor = 3
    await expectGradients(ops, {
      inputs: input,
      forward: ({ hidden, weight }) => {
        const { losses } = headLoss(ops, hidden, weight, labelled, options)
        return ops.scale(ops.sum(losses, [0], true), 1 / divisor) // [1]
      },
      backward: ({ hidden, weight }, dLoss) => {
        const gradients = { divisor, ofWeight: true }
        const loss = headLoss(ops, hidden, weight, labelled, { ...options, gradients })
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
      const outputs = attention(ops, inputs, { chunks }, true)
      attentionBackward(ops, inputs, outputs, outputs.attended, { chunks })
      expect(ops.memory().tensors - live).toBe(1 + 2 + 3) // attended, one P per chunk, three gradients
    })
    expect(ops.memory().tensors).toBe(before)
  })
})
