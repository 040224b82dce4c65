import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { oraclePython, testData } from '../test-data.fixture.js'
import { mergeToSafetensors } from './merge-to-safetensors.js'

const base = testData('models/stories260K')
const adapter = testData('golden/stories260K_adapter')
const ids = [1, 410, 38, 38, 473, 425, 411, 356, 417, 289, 467, 13, 455]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'medtune-merged-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const script = `
import json, sys, torch
from transformers import AutoModelForCausalLM
job = json.load(sys.stdin)
model, info = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32, output_loading_info=True)
with torch.no_grad():
    logits = model(torch.tensor([job["ids"]])).logits.flatten().tolist()
print(json.dumps({"missing": list(info["missing_keys"]), "logits": logits}))`

test
  .skipIf(oraclePython === undefined || base === undefined || adapter === undefined)
  .each(['bfloat16', 'float16', 'float32'] as const)(
  'transformers loads a merge to %s and gives equal logits',
  async (dtype) => {
    const model = path.join(folder, dtype)
    await mergeToSafetensors({
      ...{ base: base ?? '', adapter: adapter ?? '', outputDir: model, dtype, maxShardBytes: 200_000 },
    })
    const output = execFileSync(oraclePython ?? '', ['-c', script], {
      input: JSON.stringify({ model, ids }),
      maxBuffer: 2 ** 28,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const { missing, logits } = JSON.parse(output.toString())
    expect(missing).toEqual([])
    const ours = await loadCausalLM(model, { backend: 'cpu' })
    const { data } = await ours.logits([ids])
    ours.dispose()
    const difference = data.reduce((max, value, i) => Math.max(max, Math.abs(value - logits[i])), 0)
    expect(difference).toBeLessThan(1e-3)
  },
)
