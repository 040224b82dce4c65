import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCausalLM } from '../models/create-causal-lm.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { oraclePython } from '../test-data.fixture.js'
import { SFTTrainer } from '../training/sft-trainer.js'
import { applyLora } from './apply-lora.js'
import { loadAdapter } from './load-adapter.js'
import { expectLogits, runPeft } from './peft-peer.fixture.js'
import { saveAdapter } from './save-adapter.js'

const ids = [1, 5, 3, 9, 4, 2, 7]
let folder: string
let base: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'medtune-saved-modules-'))
  base = path.join(folder, 'base')
  const model = await createCausalLM(tinyConfig, { seed: 5, backend: 'cpu' })
  await saveCausalLM(model, base)
  model.dispose()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const config = { r: 2, target_modules: ['q_proj'], modules_to_save: ['embed_tokens', 'lm_head'] }

test.skipIf(oraclePython === undefined)(
  'PEFT loads embedding and head of ours with nothing missing and gives equal logits',
  async () => {
    const adapter = path.join(folder, 'ours')
    const model = await loadCausalLM(base, { backend: 'cpu' })
    applyLora(model, { r: 2, targetModules: ['q_proj'], modulesToSave: ['embed_tokens', 'lm_head'] })
    const args = { maxSteps: 5, warmupSteps: 0, learningRate: 0.05 }
    await new SFTTrainer({ model, args, trainDataset: [{ inputIds: ids }] }).train()
    await saveAdapter(model, adapter)
    const { missing, unexpected, logits } = runPeft({ task: 'load', base, adapter, ids })
    expect({ missing, unexpected }).toEqual({ missing: [], unexpected: [] })
    await expectLogits(model, ids, logits)
    model.dispose()
  },
)

test.skipIf(oraclePython === undefined)('embedding and head that PEFT saved give equal logits', async () => {
  const adapter = path.join(folder, 'theirs')
  const { logits } = runPeft({ task: 'make', base, adapter, ids, config })
  const model = await loadCausalLM(base, { backend: 'cpu' })
  await loadAdapter(model, adapter)
  await expectLogits(model, ids, logits)
  model.dispose()
})
