import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CausalLM } from '../models/causal-lm.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { Random } from '../tensors/random.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { oraclePython, testData } from '../test-data.fixture.js'
import { type ApplyLoraOptions, applyLora } from './apply-lora.js'
import { loadAdapter } from './load-adapter.js'
import { saveAdapter } from './save-adapter.js'

const base = testData('models/stories260K')
const skipped = oraclePython === undefined || base === undefined
const ids = [1, 410, 38, 38, 473, 425, 411, 356, 417, 289, 467, 13, 455]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'medtune-peft-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Loads an adapter into a model that already has one, because that call returns what was missing; or makes and saves one. */
const script = `
import json, sys, torch
from transformers import AutoModelForCausalLM
from peft import LoraConfig, PeftModel, get_peft_model
job = json.load(sys.stdin)
torch.manual_seed(0)
model = AutoModelForCausalLM.from_pretrained(job["base"], dtype=torch.float32)
answer = {}
if job["task"] == "load":
    model = get_peft_model(model, LoraConfig(r=2, target_modules=["q_proj"]), adapter_name="other")
    result = model.load_adapter(job["adapter"], adapter_name="ours")
    model.set_adapter("ours")
    answer["missing"] = [key for key in result.missing_keys if ".ours." in key]
    answer["unexpected"] = list(result.unexpected_keys)
else:
    model = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **job["config"]))
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(job["adapter"])
model.eval()
with torch.no_grad():
    answer["logits"] = model(torch.tensor([job["ids"]])).logits.flatten().tolist()
print(json.dumps(answer))`

interface PeftAnswer {
  readonly missing: string[]
  readonly unexpected: string[]
  readonly logits: number[]
}

function peft(job: Record<string, unknown>): PeftAnswer {
  const output = execFileSync(oraclePython ?? '', ['-c', script], {
    input: JSON.stringify({ base, ids, ...job }),
    maxBuffer: 2 ** 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return JSON.parse(output.toString())
}

async function expectLogits(model: CausalLM, expected: readonly number[]): Promise<void> {
  const { data } = await model.logits([ids])
  expect(data.length).toBe(expected.length)
  const difference = data.reduce(
    (max, value, i) => Math.max(max, Math.abs(value - (expected[i] ?? Number.NaN))),
    0,
  )
  expect(difference).toBeLessThan(1e-3)
}

describe.each<ApplyLoraOptions>([
  { r: 16 },
  { r: 8, loraAlpha: 32, useRslora: true, targetModules: ['q_proj', 'k_proj', 'up_proj'] },
  {
    r: 4,
    targetModules: '.*layers\\.[13]\\..*(q|down)_proj',
    rankPattern: { q_proj: 2 },
    alphaPattern: { down_proj: 5 },
  },
  {
    r: 4,
    targetModules: ['q_proj', 'up_proj'],
    layersToTransform: [1, 3],
    useRslora: true,
    rankPattern: { up_proj: 8 },
  },
  { r: 4, targetModules: ['v_proj'], modulesToSave: ['norm', 'post_attention_layernorm'] },
])('an adapter of ours with %o', (options) => {
  test.skipIf(skipped)('loads in PEFT with nothing missing and gives equal logits', async () => {
    const adapter = path.join(folder, JSON.stringify(options).replace(/\W+/g, '-'))
    const model = await loadCausalLM(base ?? '', { backend: 'cpu' })
    const random = new Random(4)
    applyLora(model, options)
    for (const parameter of model.parameters()) {
      if (!parameter.trainable || parameter.path.includes('lora_A')) continue
      const data = (await model.ops.read(parameter.value)).map((value) => value + random.normal(0, 0.3))
      model.ops.free(parameter.value)
      parameter.value = model.ops.keep(model.ops.upload(data, parameter.value.shape))
    }
    await saveAdapter(model, adapter)
    const { missing, unexpected, logits } = peft({ task: 'load', adapter })
    expect({ missing, unexpected }).toEqual({ missing: [], unexpected: [] })
    await expectLogits(model, logits)
    model.dispose()
  })
})

describe.each([
  { r: 8, lora_alpha: 16, target_modules: 'all-linear' },
  {
    r: 4,
    lora_alpha: 8,
    use_rslora: true,
    target_modules: ['q_proj', 'v_proj'],
    rank_pattern: { 'layers.0.self_attn.q_proj': 2 },
  },
])('an adapter of PEFT with %o', (config) => {
  test.skipIf(skipped)('loads here and gives equal logits on every backend', async () => {
    const adapter = path.join(folder, `peft-${config.r}`)
    const { logits } = peft({ task: 'make', adapter, config })
    for (const backend of startedBackends) {
      const model = await loadCausalLM(base ?? '', { backend })
      await loadAdapter(model, adapter)
      await expectLogits(model, logits)
      model.dispose()
    }
  })
})
