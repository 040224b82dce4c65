import { describe, expect, test } from 'vitest'
import type { CausalLM } from '../models/causal-lm.js'
import { loadModelOfSeed } from '../models/model-in-form.fixture.js'
import { familyConfigs } from '../models/tiny-config.fixture.js'
import type { FewRowOps } from '../tensors/kernel-ops.js'
import type { Ops, Tensor } from '../tensors/ops.js'
import { Random } from '../tensors/random.js'
import { startsHere } from '../tensors/started-dtypes.fixture.js'
import { applyLora } from './apply-lora.js'

const ids = [1, 4, 9, 2, 7, 3, 10, 5]
const forms = [
  { backend: 'native', dtype: 'float32', loadIn4bit: false },
  { backend: 'native', dtype: 'bfloat16', loadIn4bit: false },
  { backend: 'native', dtype: 'float32', loadIn4bit: true },
  { backend: 'native', dtype: 'bfloat16', loadIn4bit: true },
] as const

/** Random numbers in place of a tensor's: norms and biases of new models are ones and zeros, adapters begin with zeros. */
function randomized({ ops }: CausalLM, held: { value: Tensor }, mean: number, random: Random): void {
  const { shape } = held.value
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal(mean, 0.3))
  ops.free(held.value)
  held.value = ops.keep(ops.upload(data, shape))
}

async function adaptedModel(
  config: Readonly<Record<string, unknown>>,
  form: (typeof forms)[number],
): Promise<CausalLM> {
  const model = await loadModelOfSeed({ config, seed: 5 }, form)
  const random = new Random(3)
  for (const parameter of model.parameters()) {
    const isVector = parameter.value.shape.length === 1 && !parameter.path.includes('.packed.')
    if (isVector) randomized(model, parameter, parameter.path.includes('norm') ? 1 : 0, random)
  }
  // Some of the projections stay without: layers take any mixture.
  const names = new Set([...model.linears().keys()].map((name) => name.split('.').at(-1) ?? ''))
  const targetModules = [...names].filter((name) => !['k_proj', 'up_proj', 'lm_head'].includes(name))
  for (const { loraB } of applyLora(model, { r: 3, loraAlpha: 6, targetModules }).modules.values()) {
    randomized(model, loraB, 0, random)
  }
  return model
}

/** Logits of each position from the third on, token by token, and how often all layers were one operation. */
async function decoded(model: CausalLM, fewRows: FewRowOps | undefined): Promise<[number[], number]> {
  const ops: { fewRows?: Ops['fewRows'] } = model.ops
  const own = ops.fewRows
  let calls = 0
  ops.fewRows = fewRows && {
    ...fewRows,
    runLayers: (x, layers) => {
      calls++
      return fewRows.runLayers(x, layers)
    },
  }
  const cache = model.createCache()
  try {
    const logits: number[] = [...(await model.decode(ids.slice(0, 3), cache))]
    for (const id of ids.slice(3)) logits.push(...(await model.decode([id], cache)))
    return [logits, calls]
  } finally {
    cache.dispose()
    ops.fewRows = own
  }
}

const started = forms.filter(startsHere)

describe.skipIf(started.length === 0).each(started.length === 0 ? forms : started)(
  'all layers of a token in one operation, $dtype, 4 bits: $loadIn4bit',
  (form) => {
    test.each(Object.entries(familyConfigs))(
      '%s, adapted: as plain operations compute',
      async (_, config) => {
        const model = await adaptedModel(config, form)
        const before = model.ops.memory().tensors
        const [logits, calls] = await decoded(model, model.ops.fewRows)
        const kept = model.ops.memory().tensors - before
        const [expected, none] = await decoded(model, undefined)
        // Phi 3's rotation changes with the length: one token computes all the others again.
        expect([calls, none]).toEqual([ids.length - (config.model_type === 'phi3' ? 4 : 3), 0])
        const scale = Math.max(...expected.map(Math.abs))
        const differences = logits.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN)) / scale)
        expect(Math.max(...differences)).toBeLessThan(form.dtype === 'float32' ? 1e-5 : 0.05)
        // What `forDecoding` made of the adapters, and nothing else.
        expect(model.ops.memory().tensors - before).toBe(kept)
        model.dispose()
      },
    )
  },
)
