import { expect, test } from 'vitest'
import { interpretConfig } from '../models/model-folder.js'
import { useBackend } from '../tensors/backend.js'
import { compareMemory, memoryShapes } from './memory-plan.bench.js'
import { keyValueBytes, planMemory } from './memory-plan.js'

const isNative = await useBackend('native').then(
  () => true,
  () => false,
)

test.skipIf(!isNative)('the predicted peak is within 15 % of the measured one', async () => {
  for (const shape of memoryShapes.filter((_, i) => i === 0 || i === 2)) {
    const { predictedBytes, measuredBytes } = await compareMemory(shape)
    expect(predictedBytes / measuredBytes, shape.join(' ')).toBeGreaterThan(0.85)
    expect(predictedBytes / measuredBytes, shape.join(' ')).toBeLessThan(1.15)
  }
})

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
})
