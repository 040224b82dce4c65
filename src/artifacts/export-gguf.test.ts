import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createCausalLM } from '../models/create-causal-lm.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import { familyConfigs } from '../models/tiny-config.fixture.js'
import { exportGguf, type GgufReport } from './export-gguf.js'
import { writeLettersTokenizer } from './letters-tokenizer.fixture.js'

const folder = mkdtempSync(path.join(tmpdir(), 'medtune-export-gguf-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function exported(
  modelType: string,
  changes: Readonly<Record<string, unknown>> = {},
  writeTokenizer: (directory: string) => void = (directory) => writeLettersTokenizer(directory, 11),
): Promise<GgufReport> {
  const base = mkdtempSync(path.join(folder, 'base-'))
  const config = { ...familyConfigs[modelType], attention_bias: false, ...changes }
  const model = await createCausalLM(config, { seed: 1, backend: 'cpu' })
  await saveCausalLM(model, base)
  model.dispose()
  writeTokenizer(base)
  return await exportGguf({ base, file: path.join(base, 'model.gguf') })
}

test('a report says where llama.cpp differs from the model, and nothing where it does not', async () => {
  expect((await exported('llama')).notes).toEqual([])
  expect((await exported('gemma3_text')).notes).toEqual([])
  expect((await exported('mistral')).notes).toEqual([
    "llama.cpp's llama has no sliding window: it computes the same up to 3 tokens, which the file gives as its context.",
  ])
  const sizes = { hidden_size: 16, sliding_window: null }
  expect((await exported('phi3', sizes)).notes).toEqual([
    'llama.cpp takes the long rotary factors when its context is set to more than 4 tokens, for short texts too.',
  ])
})

test('what a family of llama.cpp cannot express is refused by name', async () => {
  const scaling = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 }
  const rope = { ...scaling, original_max_position_embeddings: 8 }
  await expect(exported('qwen2', { rope_scaling: rope, hidden_size: 16 })).rejects.toThrow(
    "rope_scaling llama3 cannot be written as GGUF: llama.cpp's qwen2 knows linear scaling only",
  )
  await expect(exported('qwen2')).rejects.toThrow('head_dim 4 cannot be written as GGUF')
  await expect(exported('gemma2', { tie_word_embeddings: false })).rejects.toThrow(
    'takes the embedding as its head',
  )
  const sliding = { rope_type: 'linear', rope_theta: 50, factor: 2 }
  const parameters = { full_attention: { rope_type: 'default' }, sliding_attention: sliding }
  await expect(exported('gemma3_text', { rope_parameters: parameters, rope_scaling: null })).rejects.toThrow(
    'rope_scaling linear of sliding layers cannot be written as GGUF',
  )
})

test('added tokens without an embedding are left out and noted; other tokens must have one', async () => {
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
  const added = [{ ...flags, id: 11, content: '<image>' }]
  const report = await exported('llama', {}, (directory) => writeLettersTokenizer(directory, 11, added))
  expect(report.notes).toEqual(['Added tokens that the model has no embedding for are left out: <image>.'])
  await expect(exported('llama', {}, (directory) => writeLettersTokenizer(directory, 12))).rejects.toThrow(
    'it has 12 tokens and the model 11',
  )
})
