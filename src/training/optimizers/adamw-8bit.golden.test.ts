import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Parameter } from '../../models/parameter.js'
import { useBackend } from '../../tensors/backend.js'
import { dynamicMap } from '../../tensors/quantization-map.js'
import { openSafetensors } from '../../tensors/safetensors.js'
import { startedBackends } from '../../tensors/started-backends.fixture.js'
import { repositoryRoot } from '../../test-data.fixture.js'
import { AdamW } from './adamw.js'
import { AdamW8bit } from './adamw-8bit.js'
import { createOptimizer } from './create-optimizer.js'
import { parameterGroups } from './flat-vector.js'

const [updates, rows, columns] = [5, 32, 256]
const size = rows * columns
const hyperparameters = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
const file = path.join(repositoryRoot, 'data/reference/adamw8bit_golden.safetensors')

interface Golden {
  /** Weights before and after each of bitsandbytes' updates [6, 32, 256] and its gradients [5, 32, 256]. */
  readonly p: Float32Array
  readonly g: Float32Array
  readonly state1: Uint8Array
  readonly state2: Uint8Array
  readonly absmax1: Float32Array
  readonly absmax2: Float32Array
}

async function readGolden(): Promise<Golden> {
  const golden = await openSafetensors(file)
  const floats = async (name: string) => (await golden.readFloat32(name)).data
  try {
    expect(dynamicMap()).toEqual(await floats('qmap1'))
    expect(dynamicMap({ signed: false })).toEqual(await floats('qmap2'))
    return {
      p: await floats('p'),
      g: await floats('g'),
      state1: (await golden.read('state1')).data,
      state2: (await golden.read('state2')).data,
      absmax1: await floats('absmax1'),
      absmax2: await floats('absmax2'),
    }
  } finally {
    await golden.close()
  }
}

const at = (data: Float32Array, index: number): Float32Array => data.slice(index * size, (index + 1) * size)

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length)
  return Array.from(a).reduce(
    (largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? Number.NaN))),
    0,
  )
}

describe.each(startedBackends)('AdamW8bit on %s', (name) => {
  test('five updates equal bitsandbytes, states included', async () => {
    const { ops } = await useBackend(name)
    const golden = await readGolden()
    const before = ops.memory().tensors
    const parameter: Parameter = {
      path: 'a.weight',
      value: ops.upload(at(golden.p, 0), [rows, columns]),
      trainable: true,
    }
    const adamw = new AdamW8bit(ops, parameterGroups([parameter], 0.01), hyperparameters)
    for (let update = 1; update <= updates; update++) {
      // The gradients come doubled and the scale halves them, as clipping would.
      const doubled = at(golden.g, update - 1).map((value) => 2 * value)
      const gradient = ops.upload(doubled, [size])
      adamw.update([gradient], { learningRate: 2e-4, gradientScale: 0.5 })
      ops.free(gradient)
      const difference = largestDifference(await ops.read(parameter.value), at(golden.p, update))
      expect(difference, `update ${update}`).toBeLessThan(2e-6)
    }
    expect(parameter.value.shape).toEqual([rows, columns])
    const { vectors } = await adamw.readState()
    // A value that lies between two levels to the last bit may take either.
    for (const [key, reference] of [
      ['exp_avg_8bit.0', golden.state1],
      ['exp_avg_sq_8bit.0', golden.state2],
    ] as const) {
      const codes = vectors.get(key) ?? []
      expect(largestDifference(codes, reference)).toBeLessThanOrEqual(1)
      expect(Array.from(codes).filter((code, i) => code !== reference[i]).length).toBeLessThan(0.002 * size)
    }
    expect(largestDifference(vectors.get('exp_avg_8bit.0_absmax') ?? [], golden.absmax1)).toBeLessThan(1e-6)
    expect(largestDifference(vectors.get('exp_avg_sq_8bit.0_absmax') ?? [], golden.absmax2)).toBeLessThan(
      1e-6,
    )
    adamw.dispose()
    ops.free(parameter.value)
    expect(ops.memory().tensors).toBe(before)
  })

  test('parameters have blocks of their own, small ones float32 moments, and a restored one goes on', async () => {
    const { ops } = await useBackend(name)
    const golden = await readGolden()
    const before = ops.memory().tensors
    // 4,100 values are not a whole number of blocks; 40 are too few to be quantized.
    const make = () => {
      const parameters: Parameter[] = [
        { path: 'a.weight', value: ops.upload(golden.p.slice(0, 4100), [41, 100]), trainable: true },
        { path: 'b.weight', value: ops.upload(golden.p.slice(4100, 4140), [40]), trainable: true },
        { path: 'c.weight', value: ops.upload(golden.p.slice(0, 4352), [17, 256]), trainable: true },
      ]
      return { parameters, adamw: new AdamW8bit(ops, parameterGroups(parameters, 0.01), hyperparameters) }
    }
    const step = (adamw: AdamW8bit, update: number): void => {
      const gradients = adamw.groups.map(({ parameters }) => {
        const count = parameters.reduce((sum, { value }) => sum + value.shape.reduce((a, b) => a * b, 1), 0)
        const data = Float32Array.from({ length: count }, (_, i) => golden.g[update * size + (i % size)] ?? 0)
        return ops.upload(data, [count])
      })
      adamw.update(gradients, { learningRate: 2e-4, gradientScale: 1 })
      ops.free(...gradients)
    }
    const first = make()
    expect(first.adamw.groups.map(({ parameters }) => parameters.map(({ path: at }) => at))).toEqual([
      ['a.weight', 'c.weight'],
      ['b.weight'],
    ])
    step(first.adamw, 0)
    step(first.adamw, 1)
    const second = make()
    for (const [i, { value }] of first.parameters.entries()) {
      const parameter = second.parameters[i] as Parameter
      ops.free(parameter.value)
      parameter.value = ops.upload(await ops.read(value), value.shape)
    }
    const state = await first.adamw.readState()
    expect(state.vectors.get('exp_avg_8bit.0')).toHaveLength(17 * 256 + 17 * 256)
    second.adamw.restoreState(state)
    step(first.adamw, 2)
    step(second.adamw, 2)
    for (const [i, { value }] of first.parameters.entries()) {
      expect(await ops.read(second.parameters[i]?.value ?? value)).toEqual(await ops.read(value))
    }
    const broken = new Map([...state.vectors, ['exp_avg_8bit.0', new Uint8Array(256)]])
    expect(() => second.adamw.restoreState({ updates: 2, vectors: broken })).toThrow(/34 blocks/)
    for (const { adamw, parameters } of [first, second]) {
      adamw.dispose()
      ops.free(...parameters.map(({ value }) => value))
    }
    expect(ops.memory().tensors).toBe(before)
  })
})

test('optimizers are chosen by name', async () => {
  const { ops } = await useBackend('cpu')
  const options = { ...hyperparameters, weightDecay: 0 }
  expect(createOptimizer(ops, [], { ...options, optim: 'adamw_torch' })).toBeInstanceOf(AdamW)
  for (const optim of ['adamw_8bit', 'paged_adamw_8bit'] as const) {
    const optimizer = createOptimizer(ops, [], { ...options, optim })
    expect(optimizer).toBeInstanceOf(AdamW8bit)
    optimizer.dispose()
  }
})
