import { describe, expect, test } from 'vitest'
import { useBackend } from '../backend.js'
import type { Ops, Tensor, TensorDtype } from '../ops.js'
import { bfloat16Starts, inBfloat16 } from '../started-dtypes.fixture.js'
import { asDtype } from './as-dtype.js'
import { attention, attentionBackward } from './attention.js'
import { randomTensor, readAndFree, relativeError } from './gradient-check.fixture.js'
import { headLoss } from './head-loss.js'
import { causalChunks } from './query-chunks.js'

async function readAll(ops: Ops, tensors: readonly Tensor[]): Promise<Float32Array[]> {
  const values: Float32Array[] = []
  for (const tensor of tensors) values.push(await readAndFree(ops, tensor))
  return values
}

/** Values that bfloat16 holds, so that only the arithmetic differs. */
function upload(ops: Ops, shape: readonly number[], seed: number, dtype: TensorDtype): Tensor {
  const exact = ops.upload(randomTensor(shape, seed).data, shape)
  return asDtype(ops, ops.cast(exact, 'bfloat16'), dtype)
}

describe.skipIf(!bfloat16Starts).each(inBfloat16)(
  'fused operations in bfloat16 on $backend are near those in float32',
  ({ backend }) => {
    test.each([
      { chunkSize: 64, keep: true, softCap: undefined },
      { chunkSize: 24, keep: false, softCap: undefined },
      { chunkSize: 24, keep: true, softCap: 3 },
    ])('attention, %j', async ({ chunkSize, keep, softCap }) => {
      const { ops } = await useBackend(backend)
      const before = ops.memory().tensors
      const run = (dtype: TensorDtype): Promise<Float32Array[]> =>
        readAll(
          ops,
          ops.scope(() => {
            const rule = { chunks: causalChunks(ops, 64, { chunkSize }), softCap }
            const query = upload(ops, [6, 2, 64, 16], 1, dtype)
            const [key, value] = [
              upload(ops, [2, 2, 64, 16], 2, dtype),
              upload(ops, [2, 2, 64, 16], 3, dtype),
            ]
            const dAttended = upload(ops, [6, 2, 64, 16], 4, dtype)
            const inputs = { query, key, value }
            const outputs = attention(ops, inputs, rule, keep)
            const { dQuery, dKey, dValue } = attentionBackward(ops, inputs, outputs, dAttended, rule)
            expect([outputs.attended, dQuery, dKey, dValue].map((x) => x.dtype)).toEqual([
              dtype,
              dtype,
              'float32',
              'float32',
            ])
            return [outputs.attended, dQuery, dKey, dValue]
          }),
        )
      const [exact, rounded] = [await run('float32'), await run('bfloat16')]
      for (const [i, values] of exact.entries()) {
        expect(relativeError(rounded[i] ?? new Float32Array(), values)).toBeLessThan(0.015)
      }
      expect(ops.memory().tensors).toBe(before)
    })

    test('the head: its loss and gradients', async () => {
      const { ops } = await useBackend(backend)
      const labelled = { rows: Int32Array.of(0, 2, 3, 5), labels: Int32Array.of(7, 0, 39, 7) }
      const run = (dtype: TensorDtype): Promise<Float32Array[]> =>
        readAll(
          ops,
          ops.scope(() => {
            const options = { gradients: { divisor: 4, ofWeight: false }, rowsPerChunk: 3 }
            const hidden = upload(ops, [6, 32], 5, 'float32')
            const { losses, dHidden } = headLoss(
              ops,
              hidden,
              upload(ops, [40, 32], 6, dtype),
              labelled,
              options,
            )
            expect([losses.dtype, dHidden?.dtype]).toEqual(['float32', 'float32'])
            return [losses, dHidden as Tensor]
          }),
        )
      const [exact, rounded] = [await run('float32'), await run('bfloat16')]
      for (const [i, values] of exact.entries()) {
        expect(relativeError(rounded[i] ?? new Float32Array(), values)).toBeLessThan(0.01)
      }
    })
  },
)
