import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Parameter } from '../../models/parameter.js'
import { useBackend } from '../../tensors/backend.js'
import { openSafetensors } from '../../tensors/safetensors.js'
import { startedBackends } from '../../tensors/started-backends.fixture.js'
import { repositoryRoot } from '../../test-data.fixture.js'
import { AdamW } from './adamw.js'
import { flatten, parameterGroups } from './flat-vector.js'

const [updates, rows, columns] = [5, 4, 8]
const hyperparameters = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
const file = path.join(repositoryRoot, 'data/reference/adamw_golden.safetensors')

/** Weights before and after each of PyTorch's updates [6, 4, 8] and its gradients [5, 4, 8]. */
async function readGolden(): Promise<{ p: Float32Array; g: Float32Array }> {
  const golden = await openSafetensors(file)
  try {
    return { p: (await golden.readFloat32('p')).data, g: (await golden.readFloat32('g')).data }
  } finally {
    await golden.close()
  }
}

const size = rows * columns
const at = (data: Float32Array, index: number): Float32Array => data.slice(index * size, (index + 1) * size)

describe.each(startedBackends)('AdamW on %s', (name) => {
  test('five updates equal PyTorch', async () => {
    const { ops } = await useBackend(name)
    const { p, g } = await readGolden()
    const before = ops.memory().tensors
    // Two parameters of unequal shape, so that joining and splitting is tested too.
    const parameters: Parameter[] = [
      { path: 'a.weight', value: ops.upload(at(p, 0).slice(0, 24), [3, columns]), trainable: true },
      { path: 'b.weight', value: ops.upload(at(p, 0).slice(24), [columns]), trainable: true },
    ]
    const groups = parameterGroups(parameters, 0.01)
    const adamw = new AdamW(ops, groups, hyperparameters)
    for (let update = 1; update <= updates; update++) {
      // The gradients come doubled and the scale halves them, as clipping would.
      const gradient = ops.upload(
        at(g, update - 1).map((value) => 2 * value),
        [size],
      )
      adamw.update([gradient], { learningRate: 2e-4, gradientScale: 0.5 })
      ops.free(gradient)
      const flat = flatten(
        ops,
        parameters.map(({ value }) => value),
      )
      const values = await ops.read(flat)
      ops.free(flat)
      const expected = at(p, update)
      for (const [i, value] of values.entries()) {
        expect(Math.abs(value - (expected[i] ?? Number.NaN)), `update ${update}, element ${i}`).toBeLessThan(
          1e-6,
        )
      }
    }
    expect(parameters.map(({ value }) => value.shape)).toEqual([[3, columns], [columns]])
    adamw.dispose()
    ops.free(...parameters.map(({ value }) => value))
    expect(ops.memory().tensors).toBe(before)
  })

  test('a restored optimizer goes on as if never interrupted', async () => {
    const { ops } = await useBackend(name)
    const { p, g } = await readGolden()
    const start = (values: Float32Array) => {
      const parameter: Parameter = { path: 'a.weight', value: ops.upload(values, [size]), trainable: true }
      return { parameter, adamw: new AdamW(ops, parameterGroups([parameter], 0.01), hyperparameters) }
    }
    const step = (adamw: AdamW, update: number): void => {
      const gradient = ops.upload(at(g, update), [size])
      adamw.update([gradient], { learningRate: 2e-4, gradientScale: 1 })
      ops.free(gradient)
    }
    const first = start(at(p, 0))
    step(first.adamw, 0)
    step(first.adamw, 1)
    const second = start(await ops.read(first.parameter.value))
    second.adamw.restoreState(await first.adamw.readState())
    step(first.adamw, 2)
    step(second.adamw, 2)
    expect(await ops.read(second.parameter.value)).toEqual(await ops.read(first.parameter.value))
    expect(() => second.adamw.restoreState({ updates: 1, vectors: new Map() })).toThrow(/32 values/)
    for (const { adamw, parameter } of [first, second]) {
      adamw.dispose()
      ops.free(parameter.value)
    }
  })
})

test('norms and biases are exempt from decay, adapters are not, frozen parameters are left out', () => {
  const parameter = (name: string, trainable = true): Parameter => ({
    path: name,
    value: { shape: [1], dtype: 'float32' },
    trainable,
  })
  const groups = parameterGroups(
    [
      parameter('model.layers.0.self_attn.q_proj.lora_A.weight'),
      parameter('model.layers.0.self_attn.q_proj.bias'),
      parameter('model.layers.0.input_layernorm.weight'),
      parameter('model.layers.0.self_attn.q_norm.weight'),
      parameter('model.norm.weight'),
      parameter('model.embed_tokens.weight'),
      parameter('lm_head.weight', false),
    ],
    0.01,
  )
  expect(groups.map(({ weightDecay }) => weightDecay)).toEqual([0.01, 0])
  expect(groups.map(({ parameters }) => parameters.map(({ path: name }) => name.split('.').at(-2)))).toEqual([
    ['lora_A', 'embed_tokens'],
    ['q_proj', 'input_layernorm', 'q_norm', 'norm'],
  ])
})
