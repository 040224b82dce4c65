import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadAdapter } from '../lora/load-adapter.js'
import { unpackCase } from '../models/architectures/family-case.fixture.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { oraclePython, repositoryRoot } from '../test-data.fixture.js'
import { mergeToSafetensors } from './merge-to-safetensors.js'

const reference = path.join(repositoryRoot, 'data/reference/families')
// transformers has no model for checkpoints whose fused projections were split.
const files = readdirSync(reference).filter((file) => !file.includes('split'))
/** One of each, whose adapter PEFT merges too. */
const families = ['llama', 'mistral', 'phi3', 'gemma', 'gemma2', 'gemma3_text', 'qwen2', 'qwen3']
const folder = mkdtempSync(path.join(tmpdir(), 'medtune-merge-families-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ids = [1, 5, 9, 13, 17, 21, 25, 29, 33, 37, 2, 6, 10, 14, 18]

/** Loads our merged folders, and makes of each adapter what PEFT merges; one adapter more saves modules in full. */
const script = `
import json, sys, torch
from transformers import AutoModelForCausalLM
from peft import LoraConfig, PeftModel, get_peft_model
job = json.load(sys.stdin)
ids = torch.tensor([job["ids"]])
def load(path):
    return AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
def logits(model):
    with torch.no_grad():
        return model.eval()(ids).logits.flatten().tolist()
answers = []
for base in job["folders"]:
    merged, info = load(base + "/merged")
    missing = sorted([*info["missing_keys"], *info["unexpected_keys"]])
    if base in job["both"]:
        theirs = PeftModel.from_pretrained(load(base)[0], base + "/adapter").merge_and_unload()
        theirs.save_pretrained(base + "/theirs")
    answers.append({"missing": missing, "logits": logits(merged)})
torch.manual_seed(0)
saved = job["saved"]
config = LoraConfig(r=3, lora_alpha=5, target_modules=["q_proj", "down_proj"], modules_to_save=["embed_tokens", "lm_head", "norm"])
model = get_peft_model(load(saved)[0], config)
for name, parameter in model.named_parameters():
    if parameter.requires_grad and "lora_A" not in name:
        torch.nn.init.normal_(parameter, std=0.3)
model.save_pretrained(saved + "/saved")
print(json.dumps({"answers": answers, "saved": logits(model)}))`

interface Answers {
  readonly answers: readonly { readonly missing: string[]; readonly logits: number[] }[]
  readonly saved: number[]
}

/** Our logits of a folder, with the adapter that is in it where one is named. */
async function logitsOf(directory: string, adapter?: string): Promise<Float32Array> {
  const model = await loadCausalLM(directory, { backend: 'cpu' })
  if (adapter !== undefined) await loadAdapter(model, path.join(directory, adapter))
  const { data } = await model.logits([ids])
  model.dispose()
  return data
}

function expectClose(name: string, found: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(found.length, name).toBe(expected.length)
  const differences = Array.from(found, (value, i) => Math.abs(value - (expected[i] ?? Number.NaN)))
  expect(Math.max(...differences), name).toBeLessThan(1e-3)
}

/** What Unsloth writes into the settings of an adapter, and PEFT does not. */
function markAsUnsloth(adapter: string): void {
  const file = path.join(adapter, 'adapter_config.json')
  const json = JSON.parse(readFileSync(file, 'utf8'))
  const mapping = { base_model_class: 'LlamaForCausalLM', unsloth_fixed: true }
  const targets = '(?:\\bmodel\\.layers\\.[\\d]{1,}\\.(?:self_attn|mlp)\\.(?:(?:[a-z_]+_proj)))'
  const changes = { auto_mapping: mapping, target_modules: targets, peft_version: '0.18.0' }
  writeFileSync(file, JSON.stringify({ ...json, ...changes }))
}

test.skipIf(oraclePython === undefined)(
  'merged folders of every family go both ways between us and transformers with equal logits',
  async () => {
    const folders: string[] = []
    const ours: Float32Array[] = []
    for (const file of files) {
      const base = await unpackCase(path.join(reference, file), folder)
      const adapter = path.join(base, 'adapter')
      if (file === 'llama.safetensors') markAsUnsloth(adapter)
      const sizes = { dtype: 'float32', maxShardBytes: 4000 } as const
      const outputDir = path.join(base, 'merged')
      const { shards } = await mergeToSafetensors({ base, adapter, outputDir, ...sizes })
      expect(shards.length).toBeGreaterThan(1)
      folders.push(base)
      ours.push(await logitsOf(base, 'adapter'))
    }
    const saved = path.join(folder, 'llama-biases')
    const both = folders.filter((directory) => families.includes(path.basename(directory)))
    const output = execFileSync(oraclePython ?? '', ['-c', script], {
      input: JSON.stringify({ folders, both, ids, saved }),
      maxBuffer: 2 ** 28,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const found: Answers = JSON.parse(output.toString())
    for (const [i, { missing, logits }] of found.answers.entries()) {
      const name = files[i] ?? ''
      expect({ name, missing }).toEqual({ name, missing: [] })
      expectClose(name, logits, ours[i] ?? [])
      const base = folders[i] ?? ''
      if (!both.includes(base)) continue
      expectClose(`${name} as PEFT merges it`, await logitsOf(path.join(base, 'theirs')), logits)
    }
    expect(found.answers.length).toBe(files.length)
    const outputDir = path.join(folder, 'saved-merged')
    const adapter = path.join(saved, 'saved')
    await mergeToSafetensors({ base: saved, adapter, outputDir, dtype: 'float32' })
    expectClose('modules_to_save', await logitsOf(outputDir), found.saved)
  },
  120_000,
)
