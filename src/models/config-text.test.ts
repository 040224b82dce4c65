import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { configText } from './config-text.js'
import { createCausalLM } from './create-causal-lm.js'
import { saveCausalLM } from './save-causal-lm.js'
import { familyConfigs } from './tiny-config.fixture.js'

test('numbers keep the decimal point that they came with', () => {
  const original = '{"cap": 30.0, "layers": 2, "eps": 1e-06, "rope": {"theta": 1E4, "factors": [1.0, 2]}}'
  const json = { ...JSON.parse(original), more: 5, text: 'say "cap": 30, or', theta: 1.5 }
  const text = configText(json, original)
  expect(JSON.parse(text)).toEqual(json)
  expect(text.split('\n').map((line) => line.trim().replace(/,$/, ''))).toEqual([
    ...['{', '"cap": 30.0', '"layers": 2', '"eps": 0.000001', '"rope": {', '"theta": 10000.0'],
    ...['"factors": [', '1', '2', ']', '}', '"more": 5'],
    ...['"text": "say \\"cap\\": 30, or"', '"theta": 1.5', '}', ''],
  ])
})

test('a new model is saved with a decimal point where Python wants a float', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'medtune-config-'))
  const config = { ...familyConfigs.gemma2, attn_logit_softcapping: 50, final_logit_softcapping: 30 }
  const model = await createCausalLM(config, { seed: 1, backend: 'cpu' })
  await saveCausalLM(model, folder)
  model.dispose()
  const text = await readFile(path.join(folder, 'config.json'), 'utf8')
  expect(text).toContain('"attn_logit_softcapping": 50.0,')
  expect(text).toContain('"final_logit_softcapping": 30.0,')
  expect(text).toContain('"hidden_size": 8,')
  expect(JSON.parse(text)).toMatchObject(config)
  await rm(folder, { recursive: true })
})
