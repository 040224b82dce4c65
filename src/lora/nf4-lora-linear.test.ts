import { describe, expect, test } from 'vitest'
import { DenseLinear } from '../models/layers/dense-linear.js'
import { DenseWeight, type LinearWeight } from '../models/layers/linear-weight.js'
import { Nf4Weight } from '../models/layers/nf4-weight.js'
import { useBackend } from '../tensors/backend.js'
import { asDtype } from '../tensors/fused/as-dtype.js'
import { type HostTensor, randomTensor } from '../tensors/fused/gradient-check.fixture.js'
import { Nf4Tables, uploadNf4 } from '../tensors/nf4-device.js'
import type { Ops, Tensor } from '../tensors/ops.js'
import { decodeNf4, encodeNf4 } from '../tensors/quantization.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { resolveLoraConfig } from './lora-config.js'
import { LoraLinear } from './lora-linear.js'

const [inFeatures, outFeatures, rank, tokens] = [192, 160, 8, 128]
const given = {
  a: randomTensor([rank, inFeatures], 2, 0.07),
  b: randomTensor([outFeatures, rank], 3, 0.07),
  x: randomTensor([tokens, inFeatures], 4),
  dy: randomTensor([tokens, outFeatures], 5),
}
const shape = [outFeatures, inFeatures]
const packed = encodeNf4(randomTensor(shape, 1, 0.05).data, { shape })

/** y, and the gradients of x, A and B. */
async function runLinear(ops: Ops, weight: LinearWeight): Promise<Map<string, Float32Array>> {
  const up = ({ data, shape: size }: HostTensor): Tensor => ops.keep(ops.upload(data, size))
  const linear = new LoraLinear({
    base: new DenseLinear({ path: 'm', weight }),
    loraA: { path: 'A', value: up(given.a), trainable: true },
    loraB: { path: 'B', value: up(given.b), trainable: true },
    scale: 1,
    config: resolveLoraConfig({ r: rank }),
  })
  const results = new Map<string, Tensor>()
  ops.scope(() => {
    const [x, dy] = [given.x, given.dy].map(({ data, shape: size }) =>
      asDtype(ops, ops.upload(data, size), linear.dtype),
    ) as [Tensor, Tensor]
    results.set('y', ops.keep(linear.forward({ ops }, x)))
    const dx = linear.backward({ ops }, x, dy, true, ({ path }, gradient) => {
      results.set(path, ops.keep(gradient))
    })
    results.set('x', ops.keep(dx ?? expect.fail('no gradient of x')))
  })
  const read = new Map<string, Float32Array>()
  for (const [name, tensor] of results) read.set(name, await ops.read(tensor))
  ops.free(...results.values())
  linear.dispose(ops)
  return read
}

function normError(a: Float32Array, b: Float32Array): number {
  const norm = (values: Float32Array): number =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0))
  return norm(a.map((value, i) => value - (b[i] ?? Number.NaN))) / norm(b)
}

describe.each(startedBackends)('an adapter on a 4-bit weight on %s', (name) => {
  test('decodes one row as it computes many, until a value is replaced', async () => {
    const { ops } = await useBackend(name)
    const before = ops.memory().tensors
    const tables = new Nf4Tables(ops)
    for (const dtype of ops.computeDtypes.filter((candidate) => candidate !== 'float16')) {
      const tensor = uploadNf4(ops, packed, tables)
      const weight = new Nf4Weight(ops, { path: 'w', tensor, rowOrder: { kind: 'plain' }, dtype })
      const up = ({ data, shape: size }: HostTensor): Tensor => ops.keep(ops.upload(data, size))
      const loraA = { path: 'A', value: up(given.a), trainable: true }
      const linear = new LoraLinear({
        base: new DenseLinear({ path: 'm', weight }),
        loraA,
        loraB: { path: 'B', value: up(given.b), trainable: true },
        scale: 2,
        config: resolveLoraConfig({ r: rank }),
      })
      const x = ops.keep(ops.scope(() => ops.cast(ops.upload(given.x.data, given.x.shape), dtype)))
      const error = async (): Promise<number> => {
        const rows = ops.scope(() => {
          const row = ops.slice(x, [0, 0], [1, -1])
          const decoding = linear.forDecoding(ops)
          expect(linear.forDecoding(ops)).toBe(decoding)
          const all = ops.slice(linear.forward({ ops }, x), [0, 0], [1, -1])
          return [ops.keep(decoding.forward({ ops }, row)), ops.keep(all)] as const
        })
        const [one, many] = await Promise.all(rows.map((values) => ops.read(values)))
        ops.free(...rows)
        return normError(one as Float32Array, many as Float32Array)
      }
      expect(await error()).toBeLessThan(dtype === 'float32' ? 1e-5 : 1e-2)
      ops.free(loraA.value)
      loraA.value = up(randomTensor([rank, inFeatures], 9, 0.07))
      expect(await error()).toBeLessThan(dtype === 'float32' ? 1e-5 : 1e-2)
      linear.dispose(ops)
      ops.free(x)
    }
    tables.dispose()
    expect(ops.memory().tensors).toBe(before)
  })

  test.each([
    { dtype: 'float32', tolerance: 1e-5 },
    { dtype: 'bfloat16', tolerance: 0.005 },
  ] as const)(
    'has in $dtype the gradients of float32 on the decoded weight',
    async ({ dtype, tolerance }) => {
      const { ops } = await useBackend(name)
      if (!ops.computeDtypes.includes(dtype)) return
      const before = ops.memory().tensors
      const dense = {
        path: 'm.weight',
        value: ops.keep(ops.upload(decodeNf4(packed), shape)),
        trainable: false,
      }
      const expected = await runLinear(ops, new DenseWeight(dense))
      const tables = new Nf4Tables(ops)
      const tensor = uploadNf4(ops, packed, tables)
      tables.dispose()
      const options = { path: 'm.weight', tensor, rowOrder: { kind: 'plain' }, dtype } as const
      const found = await runLinear(ops, new Nf4Weight(ops, options))
      for (const part of ['y', 'x', 'A', 'B']) {
        const [a, b] = [found.get(part), expected.get(part)]
        expect(normError(a ?? expect.fail(part), b ?? expect.fail(part)), part).toBeLessThan(tolerance)
      }
      expect(ops.memory().tensors).toBe(before)
    },
  )
})
