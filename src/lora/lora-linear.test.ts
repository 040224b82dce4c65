import { describe, expect, test } from 'vitest'
import { DenseLinear } from '../models/layers/dense-linear.js'
import { DenseWeight } from '../models/layers/linear-weight.js'
import type { GradientSink, Parameter, RunContext } from '../models/parameter.js'
import { useBackend } from '../tensors/backend.js'
import { expectGradients, randomTensor, relativeError } from '../tensors/fused/gradient-check.fixture.js'
import type { Ops, Tensor } from '../tensors/ops.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { resolveLoraConfig } from './lora-config.js'
import { LoraLinear } from './lora-linear.js'

const [inFeatures, outFeatures, rank] = [6, 8, 2]
const inputs = {
  weight: randomTensor([outFeatures, inFeatures], 1),
  bias: randomTensor([outFeatures], 2),
  a: randomTensor([rank, inFeatures], 3),
  b: randomTensor([outFeatures, rank], 4),
}
/** More tokens than in · out / (in + out) merge the weight, fewer take the two thin products. */
const tokenCounts = { merged: 5, separate: 3 }

function makeLinear(tensors: Record<keyof typeof inputs, Tensor>, loraDropout = 0): LoraLinear {
  const parameter = (name: string, value: Tensor, trainable: boolean): Parameter => ({
    path: `m.${name}`,
    value,
    trainable,
  })
  const base = new DenseLinear({
    path: 'm',
    weight: new DenseWeight(parameter('weight', tensors.weight, false)),
    bias: parameter('bias', tensors.bias, false),
  })
  return new LoraLinear({
    base,
    loraA: parameter('lora_A.weight', tensors.a, true),
    loraB: parameter('lora_B.weight', tensors.b, true),
    scale: 0.7,
    config: resolveLoraConfig({ r: rank, loraDropout }),
  })
}

function upload(ops: Ops): Record<keyof typeof inputs, Tensor> {
  const entries = Object.entries(inputs).map(([name, { data, shape }]) => [
    name,
    ops.keep(ops.upload(data, shape)),
  ])
  return Object.fromEntries(entries) as Record<keyof typeof inputs, Tensor>
}

async function valuesOf(ops: Ops, body: () => Tensor): Promise<Float32Array> {
  const tensor = ops.scope(body)
  try {
    return await ops.read(tensor)
  } finally {
    ops.free(tensor)
  }
}

describe.each(startedBackends)('LoraLinear on %s', (name) => {
  test.each(Object.entries(tokenCounts))('gradients, %s form', async (_form, tokens) => {
    const { ops } = await useBackend(name)
    await expectGradients(ops, {
      inputs: { ...inputs, x: randomTensor([tokens, inFeatures], 5) },
      forward: (tensors) => makeLinear(tensors).forward({ ops }, tensors.x),
      backward: (tensors, dy) => {
        const linear = makeLinear(tensors)
        for (const parameter of linear.parameters()) parameter.trainable = true
        const gradients = new Map<string, Tensor>()
        const sink: GradientSink = (parameter, gradient) => gradients.set(parameter.path, ops.keep(gradient))
        const x = linear.backward({ ops }, tensors.x, dy, true, sink)
        const of = (path: string): Tensor => gradients.get(path) ?? expect.fail(`no gradient of ${path}`)
        return {
          weight: of('m.weight'),
          bias: of('m.bias'),
          a: of('m.lora_A.weight'),
          b: of('m.lora_B.weight'),
          x: x ?? expect.fail('no gradient of x'),
        }
      },
    })
  })

  test('head-major output, merged, separate and cached while decoding are the same numbers', async () => {
    const { ops } = await useBackend(name)
    const tensors = upload(ops)
    const linear = makeLinear(tensors)
    for (const tokens of Object.values(tokenCounts)) {
      const { data, shape } = randomTensor([tokens, inFeatures], 6)
      const x = ops.upload(data, shape)
      const plain = await valuesOf(ops, () => linear.forward({ ops }, x))
      const heads = await valuesOf(ops, () => linear.forward({ ops }, x, 4))
      const tokenMajor = Float32Array.from({ length: plain.length }, (_, i) => {
        const [token, feature] = [Math.floor(i / outFeatures), i % outFeatures]
        return heads[(Math.floor(feature / 2) * tokens + token) * 2 + (feature % 2)] ?? Number.NaN
      })
      expect(relativeError(tokenMajor, plain)).toBeLessThan(1e-5)
      for (let repeat = 0; repeat < 2; repeat++) {
        const decoded = await valuesOf(ops, () => linear.forDecoding(ops).forward({ ops }, x))
        expect(relativeError(decoded, plain)).toBeLessThan(1e-5)
      }
      ops.free(x)
    }
    linear.dispose(ops)
  })

  test('the weight kept while decoding follows a changed adapter and is freed', async () => {
    const { ops } = await useBackend(name)
    const before = ops.memory().tensors
    const linear = makeLinear(upload(ops))
    const x = ops.upload(randomTensor([1, inFeatures], 7).data, [1, inFeatures])
    const decode = (): Promise<Float32Array> =>
      valuesOf(ops, () => linear.forDecoding(ops).forward({ ops }, x))
    const first = await decode()
    ops.free(linear.loraB.value)
    linear.loraB.value = ops.keep(ops.full([outFeatures, rank], 0))
    const second = await decode()
    const kept = ops.memory().tensors
    linear.endDecoding(ops)
    expect(ops.memory().tensors).toBe(kept - 1)
    expect(relativeError(second, first)).toBeGreaterThan(0.01)
    expect(relativeError(second, await valuesOf(ops, () => linear.base.forward({ ops }, x)))).toBeLessThan(
      1e-6,
    )
    linear.dispose(ops)
    ops.free(x)
    expect(ops.memory().tensors).toBe(before)
  })

  test('dropout draws the same mask in forward and backward, another per seed and module, none when not training', async () => {
    const { ops } = await useBackend(name)
    const tensors = upload(ops)
    const linear = makeLinear(tensors, 0.5)
    const tokens = 40
    const x = ops.upload(new Float32Array(tokens * inFeatures).fill(1), [tokens, inFeatures])
    const run = (context: Partial<RunContext>): Promise<Float32Array> =>
      valuesOf(ops, () => linear.forward({ ops, ...context }, x))
    const undropped = await run({})
    const dropped = await run({ dropoutSeed: 1 })
    expect(await run({ dropoutSeed: 1 })).toEqual(dropped)
    expect(await run({ dropoutSeed: 2 })).not.toEqual(dropped)
    const mean = (values: Float32Array): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length
    expect(Math.abs(mean(dropped) - mean(undropped))).toBeLessThan(1)
    expect(linear.traceKey({ ops, dropoutSeed: 1 })).toBeUndefined()
    expect(linear.traceKey({ ops })).toBeDefined()
    // The gradient of x shows the mask: with B·A alone behind it, a dropped input has none.
    ops.free(linear.base.parameters()[0]?.value)
    const weight = linear.base.parameters()[0] as Parameter
    weight.value = ops.keep(ops.full([outFeatures, inFeatures], 0))
    const dy = ops.upload(randomTensor([tokens, outFeatures], 8).data, [tokens, outFeatures])
    const dx = await valuesOf(
      ops,
      () => linear.backward({ ops, dropoutSeed: 1 }, x, dy, true, () => undefined) as Tensor,
    )
    const zeros = dx.filter((value) => value === 0).length / dx.length
    expect(zeros).toBeGreaterThan(0.35)
    expect(zeros).toBeLessThan(0.65)
    ops.free(x, dy)
    linear.dispose(ops)
  })
})
