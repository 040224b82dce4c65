import { describe, expect, test } from 'vitest'
import { describeBackends, floats } from './conformance.fixture.js'
import {
  arrayOf,
  at,
  broadcastOf,
  mapRows,
  naiveMatmul,
  naiveSoftmax,
  randomArray,
} from './naive-arrays.fixture.js'
import type { Tensor } from './ops.js'

/** Every operation of the contract that computes, against host arithmetic. */
await describeBackends('arithmetic', ({ ops, up, integers, expectResult }) => {
  describe('products', () => {
    const layouts = [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const
    test.each(layouts)(
      'rank 2, transposed %s %s, sizes that fill no block',
      async (transposeA, transposeB) => {
        for (const [rows, inner, columns] of [
          [1, 1, 1],
          [5, 7, 3],
          [33, 70, 65],
          [1, 130, 19],
          [130, 16, 9],
          [6, 600, 1100], // past every block of the packed products
          [260, 70, 90], // enough work for several threads
        ] as const) {
          const a = randomArray(transposeA ? [inner, rows] : [rows, inner], 1)
          const b = randomArray(transposeB ? [columns, inner] : [inner, columns], 2)
          const product = (): Tensor => ops.matmul(up(a), up(b), { transposeA, transposeB })
          await expectResult(product, naiveMatmul(a, b, transposeA, transposeB))
        }
      },
    )

    test.each([
      { a: [3, 4, 5], b: [3, 5, 2] },
      { a: [2, 3, 4, 5], b: [5, 6] },
      { a: [4, 5], b: [2, 3, 5, 6] },
      { a: [3, 2, 2, 4, 5], b: [3, 1, 2, 5, 6] },
      { a: [3, 1, 2, 4, 5], b: [3, 2, 1, 5, 6] },
      { a: [1, 4, 5], b: [3, 5, 6] },
    ])('batches broadcast: $a by $b, in all four layouts', async ({ a, b }) => {
      const flip = (shape: readonly number[], swapped: boolean): number[] =>
        swapped ? [...shape.slice(0, -2), ...shape.slice(-2).reverse()] : [...shape]
      for (const [transposeA, transposeB] of layouts) {
        const [left, right] = [randomArray(flip(a, transposeA), 3), randomArray(flip(b, transposeB), 4)]
        await expectResult(
          () => ops.matmul(up(left), up(right), { transposeA, transposeB }),
          naiveMatmul(left, right, transposeA, transposeB),
        )
      }
    })

    test('a handle that is a factor many times gives the same product each time, and after a new one took its memory', async () => {
      const weight = randomArray([6, 4], 5)
      for (let round = 0; round < 3; round++) {
        const w = up(round === 2 ? randomArray([6, 4], 6) : weight)
        const expected = round === 2 ? randomArray([6, 4], 6) : weight
        for (let i = 0; i < 3; i++) {
          const x = randomArray([3, 4], 10 + i)
          const dy = randomArray([3, 6], 20 + i)
          await expectResult(
            () => ops.matmul(up(x), w, { transposeB: true }),
            naiveMatmul(x, expected, false, true),
          )
          await expectResult(() => ops.matmul(up(dy), w), naiveMatmul(dy, expected))
        }
        ops.free(w)
      }
    })

    test('an empty inner axis gives zeros, an empty outer one nothing', async () => {
      await expectResult(
        () => ops.matmul(up(floats([], [2, 0])), up(floats([], [0, 3]))),
        arrayOf([2, 3], () => 0),
      )
      await expectResult(
        () => ops.matmul(up(floats([], [0, 2])), up(randomArray([2, 3], 1))),
        floats([], [0, 3]),
      )
    })
  })

  describe('element-wise', () => {
    const binary = {
      add: (a: number, b: number) => a + b,
      sub: (a: number, b: number) => a - b,
      mul: (a: number, b: number) => a * b,
      div: (a: number, b: number) => a / b,
    }
    const shapes = [
      [
        [4, 3],
        [4, 3],
      ],
      [[4, 3], [3]],
      [
        [4, 3],
        [4, 1],
      ],
      [
        [4, 1],
        [1, 3],
      ],
      [[], [2, 3]],
      [
        [2, 1, 3, 1],
        [5, 1, 7],
      ],
      [
        [3, 2, 2, 4, 5],
        [3, 1, 1, 4, 1],
      ],
      [[0, 3], [3]],
    ] as const
    test.each(Object.entries(binary))('%s broadcasts', async (name, apply) => {
      for (const [shapeA, shapeB] of shapes) {
        const [a, b] = [randomArray(shapeA, 1), randomArray(shapeB, 2)]
        const expected = arrayOf(broadcastOf(shapeA, shapeB), (index) => apply(at(a, index), at(b, index)))
        await expectResult(() => ops[name as keyof typeof binary](up(a), up(b)), expected)
      }
    })

    const unary = {
      square: (x: number) => x * x,
      sqrt: Math.sqrt,
      rsqrt: (x: number) => 1 / Math.sqrt(x),
      exp: Math.exp,
      log: Math.log,
      tanh: Math.tanh,
      sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
    }
    test.each(Object.entries(unary))('%s', async (name, apply) => {
      const positive = ['sqrt', 'rsqrt', 'log'].includes(name)
      const x = arrayOf([3, 7, 11], (index) => {
        const value = at(randomArray([3, 7, 11], 3), index) * 2
        return positive ? Math.abs(value) + 0.01 : value
      })
      const expected = arrayOf(x.shape, (index) => apply(at(x, index)))
      const run = ops[name as keyof typeof unary].bind(ops)
      await expectResult(() => run(up(x)), expected)
      await expectResult(() => run(up(floats([], [0, 3]))), floats([], [0, 3]))
    })

    test('large arguments saturate and do not overflow', async () => {
      await expectResult(() => ops.sigmoid(up(floats([-200, 200, -1e30]))), floats([0, 1, 0]))
      await expectResult(() => ops.tanh(up(floats([-200, 200]))), floats([-1, 1]))
      await expectResult(() => ops.exp(up(floats([-200, -1e30]))), floats([0, 0]))
    })

    test('scale, addScalar, addN, sigmoidGrad', async () => {
      const x = floats([1, -2, 3.5, 0, 4])
      await expectResult(() => ops.scale(up(x), -0.5), floats([-0.5, 1, -1.75, 0, -2]))
      await expectResult(() => ops.addScalar(up(x), 2), floats([3, 0, 5.5, 2, 6]))
      await expectResult(
        () => ops.addN([up(x), up(x), up(floats([1, 1, 1, 1, 1]))]),
        floats([3, -3, 8, 1, 9]),
      )
      const single = up(x)
      const same = ops.addN([single])
      ops.free(single)
      expect(await ops.read(same)).toEqual(x.data)
      ops.free(same)
      await expectResult(
        () => ops.sigmoidGrad(up(floats([0.5, 0.2])), up(floats([2, -1]))),
        floats([0.5, -0.16]),
      )
    })

    test('casts between storage types', async () => {
      const run = ops.scope(() => ops.cast(up(floats([1.9, -1.9, 7])), 'int32'))
      expect(Array.from(await ops.readInt32(run))).toEqual([1, -1, 7])
      await expectResult(() => ops.cast(run, 'float32'), floats([1, -1, 7]))
      ops.free(run)
      await expectResult(() => ops.cast(ops.upload(Uint8Array.of(0, 200), [2]), 'float32'), floats([0, 200]))
    })
  })

  describe('reductions and rows', () => {
    test.each([
      { axes: [0], keep: false },
      { axes: [-1], keep: true },
      { axes: [1], keep: false },
      { axes: [0, 2], keep: true },
      { axes: [0, -1, 1], keep: false },
      { axes: [1, 2], keep: false },
    ])('sum over $axes, keepDims $keep', async ({ axes, keep }) => {
      for (const shape of [
        [3, 4, 5],
        [2, 5, 37],
      ]) {
        const x = randomArray(shape, 7)
        const front = axes.map((axis) => (axis + 3) % 3)
        const kept = shape.map((size, axis) => (front.includes(axis) ? 1 : size))
        const sums = new Float32Array(kept.reduce((product, size) => product * size, 1))
        arrayOf(shape, (index) => {
          const flat = index.reduce(
            (sum, i, axis) => sum * (kept[axis] ?? 1) + (front.includes(axis) ? 0 : i),
            0,
          )
          sums[flat] = (sums[flat] ?? 0) + at(x, index)
          return 0
        })
        const expected = keep ? kept : shape.filter((_, axis) => !front.includes(axis))
        await expectResult(() => ops.sum(up(x), axes, keep), { shape: expected, data: sums })
      }
    })

    test('sum of nothing is zero', async () => {
      await expectResult(() => ops.sum(up(floats([], [0, 2])), [0]), floats([0, 0]))
    })

    test('euclideanNorm and softmax over the last axis', async () => {
      const x = randomArray([2, 3, 37], 8)
      await expectResult(
        () => ops.euclideanNorm(up(x)),
        mapRows(x, (row) => [Math.hypot(...row)]),
      )
      await expectResult(() => ops.softmax(up(x)), mapRows(x, naiveSoftmax))
      await expectResult(() => ops.softmax(up(floats([1000, 1000, -1000]))), floats([0.5, 0.5, 0]))
    })

    test('maskedSoftmax gives masked positions nothing', async () => {
      const scores = randomArray([2, 2, 1, 3, 5], 9)
      const mask = arrayOf([3, 5], ([row = 0, column = 0]) => (column > row + 2 ? -1e30 : 0))
      const expected = mapRows(
        arrayOf(scores.shape, (index) => at(scores, index) + at(mask, index)),
        naiveSoftmax,
      )
      await expectResult(() => ops.maskedSoftmax(up(scores), up(mask)), expected)
      const perRow = arrayOf([2, 1, 1, 5], ([row = 0, , , column = 0]) => (column > row + 1 ? -1e30 : 0))
      const expectedPerRow = mapRows(
        arrayOf(scores.shape, (index) => at(scores, index) + at(perRow, index)),
        naiveSoftmax,
      )
      await expectResult(() => ops.maskedSoftmax(up(scores), up(perRow)), expectedPerRow)
    })

    test('crossEntropy: loss per row and probabilities, also where a label has no probability left', async () => {
      const logits = randomArray([4, 9], 10)
      logits.data[9 + 2] = 300
      const labels = [0, 5, 8, 3]
      const loss = floats(
        mapRows(logits, (row) => {
          const top = Math.max(...row)
          return [top + Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0))]
        }).data.map(
          (logSum, row) => logSum - (logits.data[row * 9 + (labels[row] ?? 0)] ?? 0),
        ) as unknown as number[],
      )
      const run = (): { loss: Tensor; probabilities: Tensor } =>
        ops.crossEntropy(up(logits), integers(labels))
      await expectResult(() => run().loss, loss)
      await expectResult(() => run().probabilities, mapRows(logits, naiveSoftmax))
    })

    test('gather and scatterAdd are each other’s reverse; repeated rows sum', async () => {
      const table = randomArray([5, 3], 11)
      const rows = [4, 0, 4, 2]
      const expected = arrayOf([4, 3], ([row = 0, column = 0]) => at(table, [rows[row] ?? 0, column]))
      await expectResult(() => ops.gather(up(table), integers(rows)), expected)
      const scattered = arrayOf([6, 3], ([row = 0, column = 0]) =>
        rows.reduce((sum, to, from) => sum + (to === row ? at(expected, [from, column]) : 0), 0),
      )
      await expectResult(() => ops.scatterAdd(up(expected), integers(rows), 6), scattered)
      await expectResult(() => ops.gather(up(randomArray([2, 2, 3], 1)), integers([])), floats([], [0, 2, 3]))
    })
  })
})
