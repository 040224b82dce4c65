import { expect, test } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { flopsPerToken } from './flops-per-token.js'

// Two layers: q 16×8, k and v 8×8, o 8×16, gate, up and down 12×8 each; the head 11×8.
const weights = 2 * (128 + 64 + 64 + 128 + 3 * 96) + 88

test.each([true, false])('6 N in full training, 4 N and the adapter for LoRA (tied: %s)', async (tied) => {
  const model = await createCausalLM(
    { ...tinyConfig, tie_word_embeddings: tied },
    { seed: 5, backend: 'cpu' },
  )
  expect(flopsPerToken(model)).toBe(6 * weights)
  applyLora(model, { r: 3, targetModules: ['q_proj'] })
  expect(flopsPerToken(model)).toBe(4 * weights + 6 * 2 * 3 * (8 + 16))
  model.dispose()
})
