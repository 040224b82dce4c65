import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CausalLM } from '../models/causal-lm.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { oraclePython } from '../test-data.fixture.js'
import { SFTTrainer } from '../training/sft-trainer.js'
import { applyLora } from './apply-lora.js'
import { loadAdapter } from './load-adapter.js'
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

/** Loads an adapter into a model that already has one, because that call returns what was missing; or makes and saves one. */
const script = `
import json, sys, torch
from transformers import AutoModelForCausalLM
from peft import LoraConfig, get_peft_model
job = json.load(sys.stdin)
torch.manual_seed(0)
model = AutoModelForCausalLM.from_pretrained(job["base"], dtype=torch.float32)
settings = dict(r=2, target_modules=["q_proj"], modules_to_save=["embed_tokens", "lm_head"])
answer = {}
if job["task"] == "load":
    model = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj"]), adapter_name="other")
    result = model.load_adapter(job["adapter"], adapter_name="ours")
    model.set_adapter("ours")
    answer["missing"] = [key for key in result.missing_keys if ".ours." in key]
    answer["unexpected"] = list(result.unexpected_keys)
else:
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **settings))
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and "lora_A" not in name:
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(job["adapter"])
model.eval()
with torch.no_grad():
    answer["logits"] = model(torch.tensor([job["ids"]])).logits.flatten().tolist()
print(json.dumps(answer))`

function peft(
  task: 'load' | 'make',
  adapter: string,
): Record<'missing' | 'unexpected' | 'logits', unknown[]> {
  const output = execFileSync(oraclePython ?? '', ['-c', script], {
    input: JSON.stringify({ base, ids, task, adapter }),
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return JSON.parse(output.toString())
}

async function expectLogits(model: CausalLM, expected: readonly unknown[]): Promise<void> {
  const { data } = await model.logits([ids])
  expect(data.length).toBe(expected.length)
  expect(Math.max(...data.map((value, i) => Math.abs(value - Number(expected[i]))))).toBeLessThan(1e-3)
}

test.skipIf(oraclePython === undefined)(
  'PEFT loads embedding and head of ours with nothing missing and gives equal logits',
  async () => {
    const adapter = path.join(folder, 'ours')
    const model = await loadCausalLM(base, { backend: 'cpu' })
    applyLora(model, { r: 2, targetModules: ['q_proj'], modulesToSave: ['embed_tokens', 'lm_head'] })
    const args = { maxSteps: 5, warmupSteps: 0, learningRate: 0.05 }
    await new SFTTrainer({ model, args, trainDataset: [{ inputIds: ids }] }).train()
    await saveAdapter(model, adapter)
    const { missing, unexpected, logits } = peft('load', adapter)
    expect({ missing, unexpected }).toEqual({ missing: [], unexpected: [] })
    await expectLogits(model, logits)
    model.dispose()
  },
)

test.skipIf(oraclePython === undefined)('embedding and head that PEFT saved give equal logits', async () => {
  const adapter = path.join(folder, 'theirs')
  const { logits } = peft('make', adapter)
  const model = await loadCausalLM(base, { backend: 'cpu' })
  await loadAdapter(model, adapter)
  await expectLogits(model, logits)
  model.dispose()
})
