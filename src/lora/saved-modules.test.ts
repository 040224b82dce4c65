import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CausalLM } from '../models/causal-lm.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { openSafetensors } from '../tensors/safetensors.js'
import { SFTTrainer } from '../training/sft-trainer.js'
import { applyLora } from './apply-lora.js'
import { loadAdapter } from './load-adapter.js'
import { mergeLora, removeLora } from './merge-lora.js'
import { saveAdapter } from './save-adapter.js'

const ids = [[1, 5, 3, 9, 4, 2, 7]]
const modulesToSave = ['embed_tokens', 'lm_head']
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'medtune-saved-modules-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const newModel = (changes = {}): Promise<CausalLM> =>
  createCausalLM({ ...tinyConfig, ...changes }, { seed: 5, backend: 'cpu' })

test('embedding and head are trained, saved with the adapter and loaded back', async () => {
  const model = await newModel()
  const before = await model.logits(ids)
  applyLora(model, { r: 2, targetModules: ['q_proj'], modulesToSave })
  const trained = model.parameters().filter(({ trainable }) => trainable)
  expect(trained.map((parameter) => parameter.path)).toEqual(
    expect.arrayContaining(['model.embed_tokens.weight', 'lm_head.weight']),
  )
  expect(trained).toHaveLength(2 + 2 * 2)
  const args = { maxSteps: 3, warmupSteps: 0, learningRate: 0.02 }
  await new SFTTrainer({ model, args, trainDataset: [{ inputIds: ids[0] ?? [] }] }).train()
  const { data: after } = await model.logits(ids)
  expect(after).not.toEqual(before.data)
  await saveAdapter(model, folder)
  const json = JSON.parse(await readFile(path.join(folder, 'adapter_config.json'), 'utf8'))
  expect(json.modules_to_save).toEqual(modulesToSave)
  const file = await openSafetensors(path.join(folder, 'adapter_model.safetensors'))
  expect(file.names).toEqual(
    expect.arrayContaining(['base_model.model.lm_head.weight', 'base_model.model.model.embed_tokens.weight']),
  )
  await file.close()

  const loaded = await newModel()
  const tensors = loaded.ops.memory().tensors
  await loadAdapter(loaded, folder)
  expect(loaded.ops.memory().tensors).toBe(tensors + 4)
  expect((await loaded.logits(ids)).data).toEqual(after)
  expect(loaded.parameters().some(({ trainable }) => trainable)).toBe(false)
  expect(() => removeLora(loaded)).toThrow(/modulesToSave.*Load the base model again/)
  mergeLora(loaded)
  const { data: merged } = await loaded.logits(ids)
  expect(Math.max(...merged.map((value, i) => Math.abs(value - (after[i] ?? 0))))).toBeLessThan(1e-4)
  for (const each of [model, loaded]) each.dispose()
})

test('norms can be trained too; every other name is refused', async () => {
  const model = await newModel()
  const attempt = (names: readonly string[]) => () => applyLora(model, { modulesToSave: names })
  expect(attempt(['q_proj'])).toThrow(/among .*lm_head.*got "q_proj"/)
  expect(attempt(['nowhere'])).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  expect(() => applyLora(model, { modulesToSave: [''] })).toThrow(/a list of module names/)
  applyLora(model, { r: 2, targetModules: ['v_proj'], modulesToSave: ['input_layernorm'] })
  const trained = model
    .parameters()
    .filter(({ trainable, path: name }) => trainable && !name.includes('lora'))
  expect(trained.map((parameter) => parameter.path)).toEqual([
    'model.layers.0.input_layernorm.weight',
    'model.layers.1.input_layernorm.weight',
  ])
  model.dispose()
})

test.each(modulesToSave)('%s of a tied model is refused by name', async (name) => {
  const model = await newModel({ tie_word_embeddings: true })
  expect(() => applyLora(model, { modulesToSave: [name] })).toThrow(`"${name}" is one matrix`)
  expect(model.linears().size).toBe(14)
  model.dispose()
})
