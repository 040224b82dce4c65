import { describe, expect, test } from 'vitest'
import { useBackend } from '../backend.js'
import type { ManyRowOps } from '../kernel-ops.js'
import type { Ops, Tensor, TensorDtype } from '../ops.js'
import { startedBackends } from '../started-backends.fixture.js'
import { bfloat16Starts, inBfloat16 } from '../started-dtypes.fixture.js'
import { asDtype } from './as-dtype.js'
import { type HostTensor, randomTensor, readAndFree, relativeError } from './gradient-check.fixture.js'
import { type HeadLossOptions, headLoss } from './head-loss.js'

/** Values that bfloat16 holds, so that only the arithmetic differs. */
function upload(ops: Ops, { data, shape }: HostTensor, dtype: TensorDtype): Tensor {
  const exact = ops.upload(data, shape)
  return ops.computeDtypes.includes('bfloat16') ? asDtype(ops, ops.cast(exact, 'bfloat16'), dtype) : exact
}

interface Head {
  readonly hidden: HostTensor
  readonly weight: HostTensor
  readonly labels: Int32Array
}

/** Losses and, where they are wanted, both gradients. */
async function run(
  ops: Ops,
  { hidden, weight, labels }: Head,
  dtype: TensorDtype,
  options: HeadLossOptions,
): Promise<Float32Array[]> {
  const tensors = ops.scope(() => {
    const rows = Int32Array.from(labels, (_, row) => row)
    const [x, w] = [upload(ops, hidden, 'float32'), upload(ops, weight, dtype)]
    const { losses, dHidden, dWeight } = headLoss(ops, x, w, { rows, labels }, options)
    return [losses, dHidden, dWeight].flatMap((tensor) => tensor ?? [])
  })
  const values: Float32Array[] = []
  for (const tensor of tensors) values.push(await readAndFree(ops, tensor))
  return values
}

function head(rowCount: number, vocabSize: number, width: number): Head {
  const labels = Int32Array.from({ length: rowCount }, (_, row) => (row * 31) % vocabSize)
  labels[0] = vocabSize - 1
  return { hidden: randomTensor([rowCount, width], 1), weight: randomTensor([vocabSize, width], 2), labels }
}

/** The same, each row of hidden states so near to its label's row of the head that the label is nearly certain. */
function certain({ hidden, weight, labels }: Head, pull: number): Head {
  const width = hidden.shape[1] ?? 0
  const data = hidden.data.map((value, i) => {
    const label = labels[Math.floor(i / width)] ?? 0
    return 0.1 * value + (pull / width) * (weight.data[label * width + (i % width)] ?? 0)
  })
  return { hidden: { ...hidden, data }, weight, labels }
}

const gradients = { divisor: 5, ofWeight: true }

describe.each(startedBackends)('head and loss on %s', (name) => {
  test.each([
    { softCap: undefined, rowCount: 530 },
    { softCap: 4, rowCount: 530 },
    { softCap: undefined, rowCount: 1 },
  ])(
    'chunks make no difference, nor does whether gradients are wanted, %j',
    async ({ softCap, rowCount }) => {
      const { ops } = await useBackend(name)
      const before = ops.memory().tensors
      const rows = head(rowCount, 37, 8)
      const whole = await run(ops, rows, 'float32', { gradients, softCap, rowsPerChunk: rowCount })
      const inChunks = await run(ops, rows, 'float32', { gradients, softCap })
      const [losses] = await run(ops, rows, 'float32', { softCap })
      expect(whole).toHaveLength(3)
      for (const [i, values] of whole.entries()) {
        expect(relativeError(inChunks[i] ?? new Float32Array(), values)).toBeLessThan(1e-5)
      }
      expect(relativeError(losses ?? new Float32Array(), whole[0] ?? new Float32Array())).toBeLessThan(1e-6)
      expect(ops.memory().tensors).toBe(before)
    },
  )

  test('a row keeps hidden states that are not a number', async () => {
    const { ops } = await useBackend(name)
    const rows = head(3, 37, 8)
    rows.hidden.data[9] = Number.NaN
    const [losses, dHidden] = await run(ops, rows, 'float32', { gradients })
    expect([...(losses ?? [])].map(Number.isNaN)).toEqual([false, true, false])
    expect([0, 8, 16].map((i) => Number.isNaN(dHidden?.[i]))).toEqual([false, true, false])
  })
})

describe.skipIf(!bfloat16Starts).each(inBfloat16)('head and loss in bfloat16 on $backend', ({ backend }) => {
  test.each([undefined, 6])(
    'losses and gradients are near those in float32, soft cap %s',
    async (softCap) => {
      const { ops } = await useBackend(backend)
      const rows = head(33, 70, 32)
      const exact = await run(ops, rows, 'float32', { gradients, softCap })
      const rounded = await run(ops, rows, 'bfloat16', { gradients, softCap, rowsPerChunk: 20 })
      for (const [i, values] of exact.entries()) {
        expect(relativeError(rounded[i] ?? new Float32Array(), values)).toBeLessThan(0.02)
      }
    },
  )

  test('where there is a kernel, a nearly certain row keeps its gradient', async () => {
    const { ops } = await useBackend(backend)
    if (ops.manyRows === undefined) return
    const rows = certain(head(16, 400, 64), 15)
    const [losses = new Float32Array(), ...exact] = await run(ops, rows, 'float32', { gradients })
    const [, ...rounded] = await run(ops, rows, 'bfloat16', { gradients })
    expect(Math.max(...losses)).toBeLessThan(0.2)
    for (const [i, values] of exact.entries()) {
      expect(relativeError(rounded[i] ?? new Float32Array(), values)).toBeLessThan(0.04)
    }
  })
})

test.skipIf(!startedBackends.includes('native'))(
  'cross-entropy in place refuses labels outside the vocabulary and takes no rows',
  async () => {
    const { ops } = await useBackend('native')
    const many = ops.manyRows as ManyRowOps
    for (const label of [-1, 7]) {
      const logits = ops.full([2, 7], 0)
      const labels = ops.upload(Int32Array.of(0, label), [2])
      expect(() => many.crossEntropy(logits, labels, { gradients: true })).toThrow('labels [c] in 0..V-1')
      ops.free(logits, labels)
    }
    const { losses, atLabel } = ops.scope(() => {
      const labels = ops.upload(new Int32Array(0), [0])
      return many.crossEntropy(ops.full([0, 7], 0), labels, { gradients: true })
    })
    expect([losses.shape, atLabel.shape]).toEqual([[0], [0, 1]])
    ops.free(losses, atLabel)
  },
)
