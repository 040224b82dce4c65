import { describe, expect, test } from 'vitest'
import { describeBackends, floats } from './conformance.fixture.js'
import { arrayOf, at, type NaiveArray, randomArray } from './naive-arrays.fixture.js'
import type { Tensor } from './ops.js'

/** Every operation of the contract that moves elements, and the rotation, against host arithmetic. */
await describeBackends('layout', ({ ops, up, integers, expectResult }) => {
  const moved = (
    x: NaiveArray,
    shape: readonly number[],
    from: (index: readonly number[]) => readonly number[],
  ) => arrayOf(shape, (index) => at(x, from(index)))

  describe('shape', () => {
    test.each([
      { shape: [3, 5], permutation: [1, 0] },
      { shape: [2, 3, 4, 5], permutation: [0, 2, 1, 3] },
      { shape: [2, 3, 4, 5], permutation: [0, 1, 3, 2] },
      { shape: [2, 3, 4, 5], permutation: [3, 1, 0, 2] },
      { shape: [2, 3, 4, 5], permutation: [1, 2, 3, 0] },
      { shape: [2, 1, 4, 1, 3], permutation: [4, 0, 3, 2, 1] },
      { shape: [40, 35], permutation: [1, 0] },
      { shape: [2, 3, 4], permutation: [-3, -1, -2] },
      { shape: [3, 0, 2], permutation: [2, 1, 0] },
    ])('transpose $shape by $permutation', async ({ shape, permutation }) => {
      const x = randomArray(shape, 1)
      const axes = permutation.map((axis) => (axis + shape.length) % shape.length)
      const expected = moved(
        x,
        axes.map((axis) => shape[axis] ?? 0),
        (index) => shape.map((_, axis) => index[axes.indexOf(axis)] ?? 0),
      )
      await expectResult(() => ops.transpose(up(x), permutation), expected)
    })

    test('reshape infers one size and shares values', async () => {
      const x = randomArray([4, 6], 2)
      await expectResult(() => ops.reshape(up(x), [2, -1, 3]), { shape: [2, 4, 3], data: x.data })
      await expectResult(() => ops.reshape(up(floats([], [0, 6])), [0, 3]), floats([], [0, 3]))
      await expectResult(() => ops.reshape(up(floats([3], [1, 1])), []), floats([3], []))
    })

    test('slice, to the end with size −1', async () => {
      const x = randomArray([4, 5, 6], 3)
      const from = (index: readonly number[]): number[] =>
        index.map((value, axis) => value + ([1, 2, 3][axis] ?? 0))
      await expectResult(() => ops.slice(up(x), [1, 2, 3], [2, -1, 3]), moved(x, [2, 3, 3], from))
      await expectResult(
        () => ops.slice(up(x), [1, 0, 0], [2, 5, 6]),
        moved(x, [2, 5, 6], ([a = 0, ...rest]) => [a + 1, ...rest]),
      )
      await expectResult(() => ops.slice(up(x), [4, 0, 0], [0, 5, 6]), floats([], [0, 5, 6]))
    })

    test.each([0, 1, -1])('concat along axis %i, and split takes it apart again', async (axis) => {
      const along = (axis + 3) % 3
      const sizes = [2, 1, 3]
      const starts = [0, 2, 3]
      const parts = sizes.map((size, i) => {
        const shape = [4, 5, 6].map((whole, j) => (j === along ? size : whole))
        return randomArray(shape, i)
      })
      const whole = [4, 5, 6].map((size, j) => (j === along ? 6 : size))
      const joined = arrayOf(whole, (index) => {
        const part = starts.findLastIndex((start) => start <= (index[along] ?? 0))
        const own = index.map((value, j) => (j === along ? value - (starts[part] ?? 0) : value))
        return at(parts[part] as NaiveArray, own)
      })
      await expectResult(() => ops.concat(parts.map(up), axis), joined)
      for (const [i, part] of parts.entries()) {
        await expectResult(() => ops.split(up(joined), sizes, axis)[i] as Tensor, part)
      }
    })

    test('pad adds zeros on both sides', async () => {
      const x = randomArray([2, 3, 4], 4)
      const padded = arrayOf([3, 3, 9], ([a = 0, b = 0, c = 0]) =>
        a < 2 && c >= 2 && c < 6 ? at(x, [a, b, c - 2]) : 0,
      )
      await expectResult(
        () =>
          ops.pad(up(x), [
            [0, 1],
            [0, 0],
            [2, 3],
          ]),
        padded,
      )
    })

    test('int32 and uint8 move as they are', async () => {
      const result = ops.scope(() => {
        const rows = ops.reshape(integers([1, 2, 3, 4, 5, 2147483647]), [3, 2])
        return ops.gather(ops.concat([rows, ops.slice(rows, [0, 0], [1, 2])], 0), integers([3, 2]))
      })
      expect(Array.from(await ops.readInt32(result))).toEqual([1, 2, 5, 2147483647])
      ops.free(result)
      const bytes = ops.scope(() => {
        const x = ops.upload(Uint8Array.of(1, 2, 3, 255), [2, 2])
        return ops.cast(ops.concat([x, ops.slice(x, [1, 0], [1, 2])], 0), 'float32')
      })
      expect(Array.from(await ops.read(bytes))).toEqual([1, 2, 3, 255, 3, 255])
      ops.free(bytes)
    })
  })

  describe('host data', () => {
    test('full of each storage type', async () => {
      await expectResult(() => ops.full([2, 2], -0.5), floats([-0.5, -0.5, -0.5, -0.5], [2, 2]))
      const whole = ops.full([3], 7, 'int32')
      expect(Array.from(await ops.readInt32(whole))).toEqual([7, 7, 7])
      ops.free(whole)
    })

    test('bfloat16 and float16 bits read as their values', async () => {
      for (const [dtype, bits] of [
        ['bfloat16', [0x3f80, 0xc040, 0x0000]],
        ['float16', [0x3c00, 0xc200, 0x0000]],
      ] as const) {
        const handle = ops.upload(Uint16Array.from(bits), [3], dtype)
        expect(Array.from(await ops.read(handle))).toEqual([1, -3, 0])
        ops.free(handle)
      }
    })

    test('an upload copies: later writes to the host array do not show', async () => {
      const data = Float32Array.of(1, 2)
      const handle = ops.upload(data, [2])
      data[0] = 9
      expect(Array.from(await ops.read(handle))).toEqual([1, 2])
      ops.free(handle)
    })
  })

  describe('rotation of pairs', () => {
    const [heads, batch, length, pairs] = [3, 2, 5, 3]
    const rotated = (x: NaiveArray, angles: NaiveArray, factor: number, direction: number): NaiveArray =>
      arrayOf(x.shape, ([h = 0, b = 0, t = 0, d = 0]) => {
        const angle = direction * at(angles, angles.shape.length === 3 ? [b, t, d >> 1] : [t, d >> 1])
        const [even, odd] = [at(x, [h, b, t, d - (d % 2)]), at(x, [h, b, t, d - (d % 2) + 1])]
        const sine = Math.sin(angle)
        const cosine = Math.cos(angle)
        return factor * (d % 2 === 0 ? even * cosine - odd * sine : even * sine + odd * cosine)
      })

    test.each([[[length, pairs]], [[batch, length, pairs]]])('by angles %j, and back', async (shape) => {
      const angles = randomArray(shape, 5)
      const x = randomArray([heads, batch, length, 2 * pairs], 6)
      const table = ops.rotaryTable(angles.data, shape, 0.25)
      for (const tensor of table.tensors) ops.keep(tensor)
      expect(table.length).toBe(length)
      await expectResult(() => ops.rotary(up(x), table), rotated(x, angles, 0.25, 1))
      await expectResult(() => ops.rotary(up(x), table, { inverse: true }), rotated(x, angles, 0.25, -1))
      ops.free(...table.tensors)
    })
  })
})
