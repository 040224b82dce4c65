import { expect, test } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { familyConfigs, tinyConfig } from '../models/tiny-config.fixture.js'
import { flopsPerStep, flopsPerToken } from './flops-per-token.js'

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

/** Multiplications and additions of attention that a loop over queries and keys counts; heads and their size of `tinyConfig`. */
function countedAttention(length: number, windows: readonly number[]): number {
  const [heads, headDim, products] = [4, 4, 6]
  let flops = 0
  for (const window of windows) {
    for (let query = 0; query < length; query++)
      for (let key = 0; key <= query; key++) if (query - key < window) flops += products * heads * headDim * 2
  }
  return flops
}

test.each([
  ['llama', 7, [7, 7]],
  ['mistral', 7, [3, 3]],
  ['mistral', 2, [3, 3]],
  ['gemma2', 7, [2, 7]],
] as const)('an update of %s has its tokens and the visible pairs of %i', async (family, length, windows) => {
  const model = await createCausalLM(familyConfigs[family] ?? {}, { seed: 5, backend: 'cpu' })
  applyLora(model, { r: 3, targetModules: ['q_proj'] })
  const ofTokens = flopsPerToken(model) * length
  expect(flopsPerStep(model, { count: 2, length })).toBe(2 * (ofTokens + countedAttention(length, windows)))
  model.dispose()
})
