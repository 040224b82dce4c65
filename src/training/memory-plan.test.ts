import { expect, test } from 'vitest'
import { interpretConfig } from '../models/model-folder.js'
import { useBackend } from '../tensors/backend.js'
import { compareMemory, describeCase, heldOutCases, qlora } from './memory-plan.bench.js'
import { keyValueBytes, planMemory } from './memory-plan.js'

const isNative = await useBackend('native').then(
  () => true,
  () => false,
)

/** Two families, one of them with gradient checkpointing, and 4-bit weights; the benchmark has them all. */
const checked = [
  ...[2, 5].flatMap((i) => heldOutCases[i] ?? []),
  ...heldOutCases.filter(({ held }) => held === qlora).slice(0, 1),
]

test.skipIf(!isNative).each(checked.map((each) => [describeCase(each), each] as const))(
  'the predicted peak is within 15 percent of the measured one: %s',
  async (_name, each) => {
    const { predictedBytes, measuredBytes } = await compareMemory(each)
    expect(predictedBytes / measuredBytes).toBeGreaterThan(0.85)
    expect(predictedBytes / measuredBytes).toBeLessThan(1.15)
  },
)

test('the documented model has the published numbers', () => {
  const { architecture, config } = interpretConfig('config', {
    ...{ model_type: 'llama', hidden_size: 4096, intermediate_size: 14336, num_hidden_layers: 32 },
    ...{ num_attention_heads: 32, num_key_value_heads: 8, vocab_size: 128256, max_position_embeddings: 8192 },
  })
  const settings = {
    lora: {},
    batchSize: 2,
    length: 512,
    gradientCheckpointing: false,
    weights: 'nf4',
    dtype: 'bfloat16',
  } as const
  const plan = planMemory(config, architecture.weightSpecs(config), settings)
  expect(plan.adapterParameters).toBe(41_943_040)
  expect(plan.matrixParameters / 1e9).toBeCloseTo(7.5, 1)
  expect(plan.weights / 1e9).toBeCloseTo(5.7, 1)
  expect(keyValueBytes(config, 1)).toBe(256 * 1024)
  const cheaper = planMemory(config, architecture.weightSpecs(config), {
    ...settings,
    gradientCheckpointing: true,
  })
  expect(cheaper.activations).toBeLessThan(plan.activations / 5)
  // One layer's matrices, dense in bfloat16, are held while it runs again.
  const [packed = 0, dense = 0] = (['nf4', 'bfloat16'] as const).map((weights) => {
    const long = { ...settings, weights, lora: { r: 1 }, length: 2048, gradientCheckpointing: true }
    return planMemory(config, architecture.weightSpecs(config), long).working
  })
  expect((packed - dense) / 1e9).toBeCloseTo(0.44, 2)
})

test('modules trained in full are counted, with what the optimizer needs for them', () => {
  const { architecture, config } = interpretConfig('config', {
    ...{
      model_type: 'llama',
      hidden_size: 64,
      intermediate_size: 128,
      num_hidden_layers: 2,
      vocab_size: 1000,
    },
    ...{ num_attention_heads: 4, num_key_value_heads: 4, tie_word_embeddings: false },
  })
  const settings = { batchSize: 1, length: 16, gradientCheckpointing: false, weights: 'float32' } as const
  const specs = architecture.weightSpecs(config)
  const plain = planMemory(config, specs, { ...settings, lora: {} })
  const whole = planMemory(config, specs, { ...settings, lora: { modulesToSave: ['lm_head', 'norm'] } })
  // The head, two norms in each layer and the last one.
  expect(whole.adapterParameters - plain.adapterParameters).toBe(64 * 1000 + 5 * 64)
  expect(whole.optimizer - plain.optimizer).toBe(2 * 4 * (64 * 1000 + 5 * 64))
  expect(whole.total - plain.total).toBeGreaterThan(6 * 4 * 64 * 1000)
})
