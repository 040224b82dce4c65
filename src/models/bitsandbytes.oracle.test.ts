import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { relativeError } from '../tensors/fused/gradient-check.fixture.js'
import { openSafetensors } from '../tensors/safetensors.js'
import { startedDtypes } from '../tensors/started-dtypes.fixture.js'
import { oraclePython, repositoryRoot } from '../test-data.fixture.js'
import { loadCausalLM } from './load-causal-lm.js'
import { type Nf4Checkpoints, writeNf4Checkpoints } from './nf4-checkpoints.fixture.js'

// Rows are whole blocks, which bitsandbytes wants on some processors; the last group of maxima is not full.
const config = {
  ...{ model_type: 'llama', vocab_size: 96, hidden_size: 128, intermediate_size: 448, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, rms_norm_eps: 1e-5, tie_word_embeddings: false },
  ...{ architectures: ['LlamaForCausalLM'], max_position_embeddings: 64, initializer_range: 0.1 },
}
const ids = Array.from({ length: 24 }, (_, i) => (i * 7919) % 96)
let folders: Nf4Checkpoints
let root = ''

/**
 * Loads the checkpoint as bitsandbytes' modules; writes what these decode, and prints their logits. In training mode:
 * else some processors compute 4-bit products in bfloat16 whatever the configuration says.
 */
const script = `
import json, sys, torch
import bitsandbytes as bnb
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
job = json.load(sys.stdin)
torch.set_num_threads(1)
model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32, device_map="cpu").train()
values = {name + ".weight": bnb.functional.dequantize_4bit(module.weight.data, module.weight.quant_state)
    for name, module in model.named_modules() if isinstance(module, bnb.nn.Linear4bit)}
save_file(values, job["values"])
with torch.no_grad():
    print(json.dumps(model(torch.tensor([job["ids"]])).logits.flatten().tolist()))`

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'medtune-bitsandbytes-'))
  // bitsandbytes multiplies in float32 by values that it does not round to 16 bits first, whatever they once were.
  const quantizationFields = { bnb_4bit_compute_dtype: 'float32' }
  folders = await writeNf4Checkpoints(root, config, { dtype: 'F32', quantizationFields })
})
afterAll(() => rm(root, { recursive: true, force: true }))

const tolerances = { float32: 1e-5, bfloat16: 0.02 }

describe.skipIf(oraclePython === undefined)('a 4-bit checkpoint of ours in bitsandbytes', () => {
  const python = (args: readonly string[], input = ''): string =>
    execFileSync(oraclePython ?? '', args, { input, encoding: 'utf8', stdio: 'pipe' })

  test('decodes to the same bits and gives our logits, packed and decoded', async () => {
    const values = path.join(root, 'values.safetensors')
    const job = JSON.stringify({ model: folders.packed, values, ids })
    const expected = Float32Array.from(JSON.parse(python(['-c', script], job)) as number[])
    const theirs = await openSafetensors(values)
    const ours = await openSafetensors(path.join(folders.decoded, 'model.safetensors'))
    expect(theirs.names).toHaveLength(2 * 7)
    for (const name of theirs.names)
      expect(await ours.readFloat32(name)).toEqual(await theirs.readFloat32(name))
    await Promise.all([theirs.close(), ours.close()])
    for (const { backend, dtype } of startedDtypes) {
      for (const folder of [folders.packed, folders.decoded]) {
        const model = await loadCausalLM(folder, { backend, dtype })
        const { data } = await model.logits([ids])
        model.dispose()
        expect(relativeError(data, expected), `${backend} ${dtype}`).toBeLessThan(tolerances[dtype])
      }
    }
  })

  test("trains in the benchmarks' script, from the loss that ours has", async () => {
    const peer = path.join(repositoryRoot, 'data/reference/peers/lora_step.py')
    const sizes = ['--batch', '1', '--length', `${ids.length}`, '--steps', '2']
    const { losses } = JSON.parse(python([peer, '--model', folders.packed, ...sizes])) as {
      losses: number[]
    }
    const model = await loadCausalLM(folders.packed, { dtype: 'float32' })
    const ownLoss = await model.loss([ids], [ids])
    model.dispose()
    const [first = Number.NaN, second = Number.NaN] = losses
    expect(first / ownLoss).toBeCloseTo(1, 5)
    expect(second).toBeLessThan(first)
  })
})
