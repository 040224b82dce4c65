import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { useBackend } from '../backend.js'
import { attention } from '../fused/attention.js'
import { stepChunk } from '../fused/query-chunks.js'
import type { FewRowOps } from '../kernel-ops.js'
import type { RowLinear } from '../one-token-layer.js'
import type { Ops, Tensor } from '../ops.js'
import { Random } from '../random.js'
import { startedBackends } from '../started-backends.fixture.js'
import type { RowCase } from './few-rows-run.fixture.js'

const script = fileURLToPath(new URL('few-rows-run.fixture.ts', import.meta.url))
const random = new Random(11)
const normals = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal())

async function nativeOps(): Promise<{ ops: Ops; few: FewRowOps }> {
  const { ops } = await useBackend('native')
  if (ops.fewRows === undefined) throw new Error('native must have kernels for few rows.')
  return { ops, few: ops.fewRows }
}

/** Largest difference of two results, freed. */
async function difference(ops: Ops, body: () => readonly [Tensor, Tensor]): Promise<number> {
  const kept = ops.scope(() => body().map((tensor) => ops.keep(tensor)))
  const [a, b] = await Promise.all(kept.map((tensor) => ops.read(tensor)))
  ops.free(...kept)
  return Math.max(...(a as Float32Array).map((value, i) => Math.abs(value - (b?.[i] ?? Number.NaN))))
}

describe.skipIf(!startedBackends.includes('native'))('kernels for few rows', () => {
  test.each(['best', 'avx512', 'avx2', 'portable'])(
    '%s: products are those of double precision',
    (kernels) => {
      const env = { ...process.env, MEDTUNE_ROW_KERNELS: kernels }
      const child = spawnSync(process.execPath, ['--import', 'tsx', script], { encoding: 'utf8', env })
      expect(child.stderr).toBe('')
      const cases = JSON.parse(child.stdout) as RowCase[]
      expect(cases).toHaveLength(2 * (6 + 5 * 6))
      // The result of a bfloat16 product is rounded to 8 bits; |y| ≤ Σ |w| |x|.
      const bound = (name: string): number => (name.includes('bfloat16') ? 2 ** -8 : 1e-6)
      expect(cases.filter(({ name, error }) => !(error <= bound(name)))).toEqual([])
    },
  )

  test.each([
    { dtype: 'float32', window: undefined, softCap: undefined },
    { dtype: 'float32', window: 3, softCap: 2 },
    { dtype: 'bfloat16', window: undefined, softCap: undefined },
    { dtype: 'bfloat16', window: 4, softCap: 5 },
  ] as const)('attention of one token: $dtype, window $window, cap $softCap', async (options) => {
    const { ops, few } = await nativeOps()
    const { dtype, window, softCap } = options
    const [heads, groups, width, capacity, position] = [6, 2, 8, 12, 7]
    const of = (count: number): Tensor =>
      ops.cast(ops.upload(normals(count * width), [count, 1, 1, width]), dtype)
    const held = (): Tensor => {
      const values = normals(groups * capacity * width).map((value, i) =>
        Math.floor(i / width) % capacity < position ? value : 0,
      )
      return ops.cast(ops.upload(values, [groups, 1, capacity, width]), dtype)
    }
    const largest = await difference(ops, () => {
      const angles = normals(width / 2)
      const turns = {
        query: ops.rotaryTable(angles, [1, width / 2], 0.35),
        key: ops.rotaryTable(angles, [1, width / 2]),
      }
      const [query, key, value, keys, values] = [of(heads), of(groups), of(groups), held(), held()]
      const rotated = (x: Tensor, table: typeof turns.key): Tensor =>
        ops.cast(ops.rotary(ops.cast(x, 'float32'), table), dtype)
      const put = (cache: Tensor, row: Tensor): Tensor => {
        const before = ops.slice(cache, [0, 0, 0, 0], [-1, -1, position, -1])
        const after = ops.slice(cache, [0, 0, position + 1, 0], [-1, -1, -1, -1])
        return ops.concat([before, row, after], 2)
      }
      const expected = attention(
        ops,
        {
          query: rotated(query, turns.query),
          key: put(keys, rotated(key, turns.key)),
          value: put(values, value),
        },
        { chunks: [stepChunk(ops, { cachedCount: position, capacity, window })], softCap },
        false,
      ).attended
      const first = Math.max(0, position + 1 - (window ?? capacity))
      const place = ops.upload(Int32Array.of(position, first), [2])
      const cached = { key: keys, value: values }
      const attended = few.attendOne({ query, key, value, turns, cached, place, softCap })
      expect(attended.shape).toEqual(expected.shape)
      const written = ops.concat([keys, values], 2)
      const wanted = ops.concat([put(keys, rotated(key, turns.key)), put(values, value)], 2)
      const flat = (x: Tensor): Tensor => ops.reshape(ops.cast(x, 'float32'), [-1])
      return [
        ops.concat([flat(attended), flat(written)], 0),
        ops.concat([flat(expected), flat(wanted)], 0),
      ] as const
    })
    expect(largest).toBeLessThan(dtype === 'float32' ? 1e-5 : 0.04)
  })

  test('norm and gated unit are those of plain operations', async () => {
    const { ops, few } = await nativeOps()
    const [rows, width] = [3, 37]
    const norm = await difference(ops, () => {
      const [x, weight] = [
        ops.upload(normals(rows * width), [rows, width]),
        ops.upload(normals(width), [width]),
      ]
      const divisor = ops.sqrt(ops.addScalar(ops.scale(ops.sum(ops.square(x), [-1], true), 1 / width), 1e-5))
      const expected = ops.mul(ops.div(x, divisor), ops.addScalar(weight, 1))
      return [few.normRows(x, weight, { epsilon: 1e-5, offset: 1, dtype: 'float32' }), expected]
    })
    expect(norm).toBeLessThan(2e-6)
    for (const activation of ['silu', 'gelu_pytorch_tanh'] as const) {
      const gated = await difference(ops, () => {
        const [gate, up] = [0, 1].map(() => ops.upload(normals(rows * width), [rows, width])) as [
          Tensor,
          Tensor,
        ]
        const cubic = ops.scale(
          ops.addScalar(ops.scale(ops.square(gate), 0.044715), 1),
          Math.sqrt(8 / Math.PI),
        )
        const inner = activation === 'silu' ? gate : ops.mul(gate, cubic)
        const expected = ops.mul(ops.mul(gate, ops.sigmoid(inner)), up)
        return [few.gatedUnit(activation, gate, up, 'float32'), expected]
      })
      expect(gated).toBeLessThan(3e-6)
    }
  })

  test('what does not fit is refused with the rule', async () => {
    const { ops, few } = await nativeOps()
    const zeros = (...shape: number[]): Tensor => ops.full(shape, 0)
    const rule = { epsilon: 1e-5, offset: 0, dtype: 'float32' } as const
    const attempts: [RegExp, () => unknown][] = [
      [/row product takes x \[N, in\]/, () => ops.matmul(zeros(1, 4), zeros(3, 5), { transposeB: true })],
      [/norm takes x \[\.\., E\] and a weight/, () => few.normRows(zeros(1, 4), zeros(5), rule)],
      [/gate and an up of one shape/, () => few.gatedUnit('silu', zeros(1, 4), zeros(1, 5), 'float32')],
      [
        /come in float32 and bfloat16; got float16/,
        () => few.normRows(zeros(1, 4), zeros(4), { ...rule, dtype: 'float16' }),
      ],
      [/a block for every value/, () => decode([0, 1, 2, 3], [4, 48])],
      [/row numbers below out/, () => decode([0, 1, 2, 4], [4, 32])],
      [/one for each row/, () => decode([0, 1], [4, 32])],
      [/place inside the cache/, () => attend(8)],
      [/place inside the cache/, () => attend(-1)],
      [/place inside the cache/, () => layer({ position: 8 })],
      [/takes w \[out, in\]/, () => layer({ down: zeros(4, 5) })],
      [/return what they take/, () => layer({ down: zeros(3, 6) })],
      [/queries of H heads/, () => layer({ heads: 3 })],
      [/takes float32, bfloat16 and packed/, () => layer({ down: ops.cast(zeros(4, 6), 'float16') })],
    ]
    function decode(rows: readonly number[], shape: readonly number[]): Tensor {
      const packed = ops.upload(new Uint8Array(64), [2, 32])
      const [pairs, maxima] = [ops.byteTable(new Float32Array(512), 2), zeros(2, 1)]
      const matrix = { shape, packed, pairs, maxima, roundedTo: ['bfloat16'] } as const
      return few.decodePacked(
        { ...matrix, rows: ops.upload(Int32Array.from(rows), [rows.length]) },
        'float32',
      )
    }
    function attend(position: number): Tensor {
      const table = ops.rotaryTable(new Float32Array(2), [1, 2])
      const [query, key, value] = [zeros(2, 1, 1, 4), zeros(1, 1, 1, 4), zeros(1, 1, 1, 4)]
      const cached = { key: zeros(1, 1, 8, 4), value: zeros(1, 1, 8, 4) }
      const place = ops.upload(Int32Array.of(position, Math.min(0, position)), [2])
      return few.attendOne({ query, key, value, turns: { query: table, key: table }, cached, place })
    }
    type Options = { position?: number; down?: Tensor; heads?: number }
    function layer({ position = 0, down = zeros(4, 6), heads = 2 }: Options): Tensor {
      const table = ops.rotaryTable(new Float32Array(1), [1, 1])
      const linear = (matrix: Tensor): RowLinear => ({ matrix, dtype: 'float32' })
      return few.runLayers(zeros(1, 4), {
        ...{ norm: { epsilon: 1e-5, offset: 0 }, activation: 'silu' },
        layers: [
          {
            ...{ heads, norms: { attention: zeros(4), mlp: zeros(4) }, turns: { query: table, key: table } },
            ...{
              inputs: [linear(zeros(8, 4))],
              output: linear(zeros(4, 4)),
              expansion: [linear(zeros(12, 4))],
            },
            ...{ down: linear(down), cached: { key: zeros(1, 1, 8, 2), value: zeros(1, 1, 8, 2) } },
            place: ops.upload(Int32Array.of(position, 0), [2]),
          },
        ],
      })
    }
    ops.scope(() => void expect(layer({}).shape).toEqual([1, 4]))
    for (const [message, attempt] of attempts) {
      expect(() => ops.scope(() => void attempt())).toThrow(message)
    }
  })
})
