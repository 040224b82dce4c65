import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { unpackCase } from '../models/architectures/family-case.fixture.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { Random } from '../tensors/random.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { oraclePython, repositoryRoot } from '../test-data.fixture.js'
import { applyLora } from './apply-lora.js'
import { saveAdapter } from './save-adapter.js'

const reference = path.join(repositoryRoot, 'data/reference/families')
// transformers has no model for checkpoints whose fused projections were split.
const files = readdirSync(reference).filter((file) => !file.includes('split'))
const folder = mkdtempSync(path.join(tmpdir(), 'medtune-peft-families-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ids = [1, 5, 9, 13, 17, 21, 25, 29, 33, 37, 2, 6, 10, 14, 18]

/** One process for all models; each is given an adapter first, because loading a second one returns what was missing. */
const script = `
import json, sys, torch
from transformers import AutoModelForCausalLM
from peft import LoraConfig, get_peft_model
job = json.load(sys.stdin)
answers = []
for base in job["folders"]:
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="eager")
    model = get_peft_model(model, LoraConfig(r=2, target_modules=["o_proj"]), adapter_name="other")
    result = model.load_adapter(base + "/ours", adapter_name="ours")
    model.set_adapter("ours")
    model.eval()
    with torch.no_grad():
        logits = model(torch.tensor([job["ids"]])).logits.flatten().tolist()
    missing = [key for key in result.missing_keys if "ours" in key]
    answers.append({"missing": missing, "unexpected": list(result.unexpected_keys), "logits": logits})
print(json.dumps(answers))`

interface Answer {
  readonly missing: string[]
  readonly unexpected: string[]
  readonly logits: number[]
}

/** Our logits with a new adapter on every linear layer, saved in `ours/`. */
async function adapt(directory: string): Promise<Float32Array> {
  const model = await loadCausalLM(directory, { backend: startedBackends[0] ?? 'cpu' })
  const random = new Random(5)
  // Norms in full too: those of heads have their numbers in another order than the files.
  const modulesToSave = ['norm', 'layernorm']
  applyLora(model, { r: 3, loraAlpha: 9, targetModules: 'all-linear', modulesToSave })
  for (const parameter of model.parameters()) {
    if (!parameter.trainable || parameter.path.includes('lora_A')) continue
    const { shape } = parameter.value
    const data = (await model.ops.read(parameter.value)).map((value) => value + random.normal(0, 0.2))
    model.ops.free(parameter.value)
    parameter.value = model.ops.keep(model.ops.upload(data, shape))
  }
  await saveAdapter(model, path.join(directory, 'ours'))
  const { data } = await model.logits([ids])
  model.dispose()
  return data
}

test.skipIf(oraclePython === undefined)(
  'adapters of ours for every family load in PEFT with nothing missing and give equal logits',
  async () => {
    const folders: string[] = []
    const ours: Float32Array[] = []
    for (const file of files) {
      const directory = await unpackCase(path.join(reference, file), folder)
      folders.push(directory)
      ours.push(await adapt(directory))
    }
    const output = execFileSync(oraclePython ?? '', ['-c', script], {
      input: JSON.stringify({ folders, ids }),
      maxBuffer: 2 ** 28,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const answers: Answer[] = JSON.parse(output.toString())
    for (const [i, { missing, unexpected, logits }] of answers.entries()) {
      const name = files[i] ?? ''
      expect({ name, missing, unexpected }).toEqual({ name, missing: [], unexpected: [] })
      const differences = Array.from(ours[i] ?? [], (value, at) =>
        Math.abs(value - (logits[at] ?? Number.NaN)),
      )
      expect(Math.max(...differences), name).toBeLessThan(1e-3)
    }
    expect(answers.length).toBe(files.length)
  },
)
