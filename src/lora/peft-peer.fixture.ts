import { execFileSync } from 'node:child_process'
import { expect } from 'vitest'
import type { CausalLM } from '../models/causal-lm.js'
import { oraclePython } from '../test-data.fixture.js'

/** Loads an adapter into a model that already has one, because that call returns what was missing; or makes and saves one. */
const script = `
import json, sys, torch
from transformers import AutoModelForCausalLM
from peft import LoraConfig, get_peft_model
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
        if parameter.requires_grad and "lora_A" not in name:
            torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(job["adapter"])
model.eval()
with torch.no_grad():
    answer["logits"] = model(torch.tensor([job["ids"]])).logits.flatten().tolist()
print(json.dumps(answer))`

interface PeftJob {
  readonly task: 'load' | 'make'
  readonly base: string
  readonly adapter: string
  /** Of one row, whose logits are the answer. */
  readonly ids: readonly number[]
  /** Arguments of LoraConfig, to make one. */
  readonly config?: Readonly<Record<string, unknown>>
}

interface PeftAnswer {
  readonly missing: readonly string[]
  readonly unexpected: readonly string[]
  readonly logits: readonly number[]
}

export function runPeft(job: PeftJob): PeftAnswer {
  const output = execFileSync(oraclePython ?? '', ['-c', script], {
    input: JSON.stringify(job),
    maxBuffer: 2 ** 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return JSON.parse(output.toString())
}

/** Compares the logits of one row. */
export async function expectLogits(
  model: CausalLM,
  ids: readonly number[],
  expected: readonly number[],
): Promise<void> {
  const { data } = await model.logits([ids])
  expect(data.length).toBe(expected.length)
  const difference = data.reduce(
    (max, value, i) => Math.max(max, Math.abs(value - (expected[i] ?? Number.NaN))),
    0,
  )
  expect(difference).toBeLessThan(1e-3)
}
