import { describe, expect, test } from 'vitest'
import { useBackend } from './backend.js'
import { randomTensor, readAndFree, relativeError } from './fused/gradient-check.fixture.js'
import type { Ops, Tensor, TensorDtype } from './ops.js'
import { bfloat16Starts, inBfloat16 } from './started-dtypes.fixture.js'

/** An operation on x and y, [4, 6, 8] each, values that both dtypes hold. */
type Operation = (ops: Ops, x: Tensor, y: Tensor) => Tensor

/** Moves values without touching them: equal bits. */
const moving: Readonly<Record<string, Operation>> = {
  reshape: (ops, x) => ops.reshape(x, [24, 8]),
  transpose: (ops, x) => ops.transpose(x, [2, 0, 1]),
  slice: (ops, x) => ops.slice(x, [1, 0, 2], [2, -1, 5]),
  concat: (ops, x, y) => ops.concat([x, y], 2),
  split: (ops, x) => ops.split(x, [2, 4], 1)[1] as Tensor,
  pad: (ops, x) =>
    ops.pad(x, [
      [0, 0],
      [1, 2],
      [0, 3],
    ]),
  gather: (ops, x) => ops.gather(ops.reshape(x, [24, 8]), ops.upload(Int32Array.of(3, 0, 23), [3])),
  full: (ops, x) => ops.full(x.shape, 0.5, x.dtype),
}

/** Rounds its result, and some what they are made of. */
const computing: Readonly<Record<string, Operation>> = {
  add: (ops, x, y) => ops.add(x, y),
  sub: (ops, x, y) => ops.sub(x, y),
  mul: (ops, x, y) => ops.mul(x, y),
  scale: (ops, x) => ops.scale(x, 0.3),
  square: (ops, x) => ops.square(x),
  exp: (ops, x) => ops.exp(x),
  tanh: (ops, x) => ops.tanh(x),
  sigmoid: (ops, x) => ops.sigmoid(x),
  softmax: (ops, x) => ops.softmax(x),
  'matmul of stacks': (ops, x, y) => ops.matmul(x, y, { transposeB: true }),
  'matmul, first transposed': (ops, x, y) => ops.matmul(x, y, { transposeA: true }),
}

describe.skipIf(!bfloat16Starts).each(inBfloat16)('operations in bfloat16 on $backend', ({ backend }) => {
  async function run(operation: Operation, dtype: TensorDtype): Promise<Float32Array> {
    const { ops } = await useBackend(backend)
    const before = ops.memory().tensors
    const result = ops.scope(() => {
      const [x, y] = [1, 2].map((seed) => {
        const { data, shape } = randomTensor([4, 6, 8], seed)
        return ops.cast(ops.cast(ops.upload(data, shape), 'bfloat16'), dtype)
      }) as [Tensor, Tensor]
      return operation(ops, x, y)
    })
    expect(result.dtype).toBe(dtype)
    const values = await readAndFree(ops, result)
    expect(ops.memory().tensors).toBe(before)
    return values
  }

  test.each(Object.entries(moving))('%s keeps the bits', async (_, operation) => {
    expect(await run(operation, 'bfloat16')).toEqual(await run(operation, 'float32'))
  })

  // A result of 8 bits is off by one part in 512; the largest counts, so that sums that cancel do not.
  test.each(Object.entries(computing))('%s is as near as the dtype allows', async (_, operation) => {
    const [rounded, exact] = [await run(operation, 'bfloat16'), await run(operation, 'float32')]
    expect(relativeError(rounded, exact)).toBeLessThan(1 / 128)
  })
})
