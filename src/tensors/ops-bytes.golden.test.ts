import { expect, test } from 'vitest'
import { describeBackends } from './conformance.fixture.js'
import { Random } from './random.js'

/** Operations on numbers held in a few bits, against loops that are plainly right. */
await describeBackends('bytes', ({ ops }) => {
  const random = new Random(1)
  const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => random.uint32() & 255)

  test.each([
    [1, [3, 5]],
    [2, [4, 6]],
    [2, [7]],
    [3, [2, 4]],
  ])('look up %i numbers for each byte of %j', async (width, shape) => {
    const before = ops.memory().tensors
    const values = Float32Array.from({ length: 256 * width }, () => random.normal())
    const data = bytes(shape.reduce((product, size) => product * size, 1))
    const table = ops.byteTable(values, width)
    const codes = ops.upload(data, shape)
    const found = ops.lookUp(codes, table)
    expect(found.shape).toEqual([...shape, width])
    const expected = Array.from(data).flatMap((byte) => [
      ...values.subarray(byte * width, (byte + 1) * width),
    ])
    expect([...(await ops.read(found))]).toEqual(expected)
    ops.free(found, codes, ...table.tensors)
    expect(ops.memory().tensors).toBe(before)
  })

  test('encode rows by their largest magnitude', async () => {
    const before = ops.memory().tensors
    const boundaries = ops.upload(Float32Array.of(-0.75, -0.25, 0, 0.5), [4])
    // Ties go to the lower code; a row of zeros divides by no zero.
    const x = ops.upload(Float32Array.of(-4, -3, -1, 0, 2, 4, 0, 0, 0, 0, 0, 0), [2, 6])
    const { codes, maxima } = ops.encodeRows(x, boundaries)
    expect([codes.dtype, codes.shape, maxima.shape]).toEqual(['uint8', [2, 6], [2, 1]])
    const wide = ops.cast(codes, 'int32')
    expect([...(await ops.readInt32(wide))]).toEqual([0, 0, 1, 2, 3, 4, 2, 2, 2, 2, 2, 2])
    expect([...(await ops.read(maxima))]).toEqual([4, 0])
    ops.free(boundaries, x, codes, maxima, wide)
    expect(ops.memory().tensors).toBe(before)
  })
})
