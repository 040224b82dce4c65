import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installAdapter } from '../lora/apply-lora.js'
import { matchTargetModules, resolveLoraConfig } from '../lora/lora-config.js'
import { rowsFromCheckpoint } from '../models/layers/row-order.js'
import { loadCausalLM } from '../models/load-causal-lm.js'
import { encodeNf4 } from '../tensors/quantization.js'
import { nf4ConfigFields, nf4Entries } from '../tensors/quantization-entries.js'
import { openSafetensors } from '../tensors/safetensors.js'
import { type SafetensorsEntry, writeSafetensors } from '../tensors/safetensors-writer.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { oraclePython, testData } from '../test-data.fixture.js'
import { SFTTrainer } from './sft-trainer.js'

const pretrained = testData('models/stories260K')
const run = testData('golden/stories260K_lora_run.json')
const adapter = testData('golden/stories260K_lora_run.safetensors')
const ready =
  oraclePython !== undefined && pretrained !== undefined && run !== undefined && adapter !== undefined
const folder = mkdtempSync(path.join(tmpdir(), 'medtune-nf4-oracle-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** PEFT on the weights that torch dequantizes from the same file, and the same rows, adapter and schedule. */
const script = `
import json, sys, torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, get_linear_schedule_with_warmup
from peft import LoraConfig, get_peft_model
job = json.load(sys.stdin)
torch.set_num_threads(1)
model = AutoModelForCausalLM.from_pretrained(job["pretrained"], dtype=torch.float32)
state = model.state_dict()
with safe_open(job["packed"], "pt") as f:
    names = set(f.keys())
    for name in names:
        suffix = ".quant_state.bitsandbytes__nf4"
        if not name.endswith(suffix): continue
        path = name[:-len(suffix)]
        qs = json.loads(bytes(f.get_tensor(name).tolist()))
        packed = f.get_tensor(path).flatten()
        codes = torch.stack([packed >> 4, packed & 15], 1).flatten().long()
        inner = f.get_tensor(path + ".nested_quant_map")[f.get_tensor(path + ".absmax").long()]
        outer = f.get_tensor(path + ".nested_absmax").repeat_interleave(qs["nested_blocksize"])[:inner.numel()]
        absmax = inner * outer + qs["nested_offset"]
        count = qs["shape"][0] * qs["shape"][1]
        values = f.get_tensor(path + ".quant_map")[codes] * absmax.repeat_interleave(qs["blocksize"])[:codes.numel()]
        state[path].copy_(values[:count].view(qs["shape"]))
config = LoraConfig(r=16, lora_alpha=16, lora_dropout=0.0, bias="none", task_type="CAUSAL_LM",
    target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
model = get_peft_model(model, config)
with safe_open(job["adapter"], "pt") as f:
    for name, p in model.named_parameters():
        if p.requires_grad: p.data.copy_(f.get_tensor("init." + name))
parameters = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(parameters, lr=2e-3, weight_decay=0.01)
schedule = get_linear_schedule_with_warmup(optimizer, 5, 20)
losses = []
for step in range(20):
    rows = [torch.tensor([job["rows"][(4 * step + i) % len(job["rows"])]]) for i in range(4)]
    tokens = sum(row.shape[1] - 1 for row in rows)
    total = 0.0
    for row in rows:
        loss = model(input_ids=row, labels=row).loss * (row.shape[1] - 1) / tokens
        loss.backward()
        total += loss.item()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step(); schedule.step(); optimizer.zero_grad()
    losses.append(total)
print(json.dumps(losses))`

beforeAll(async () => {
  if (!ready) return
  const plain = await openSafetensors(path.join(pretrained, 'model.safetensors'))
  const entries: SafetensorsEntry[] = []
  for (const name of plain.names) {
    const { data, shape } = await plain.readFloat32(name)
    const isPacked = shape.length === 2 && name.includes('.layers.')
    if (isPacked) entries.push(...nf4Entries(name, encodeNf4(data, { shape, dtype: 'F32' })))
    else entries.push({ name, dtype: 'F32', shape, data })
  }
  await plain.close()
  await writeSafetensors(path.join(folder, 'model.safetensors'), entries)
  const config = JSON.parse(await readFile(path.join(pretrained, 'config.json'), 'utf8'))
  await writeFile(
    path.join(folder, 'config.json'),
    JSON.stringify({ ...config, quantization_config: nf4ConfigFields(true) }),
  )
  await copyFile(path.join(pretrained, 'tokenizer.json'), path.join(folder, 'tokenizer.json'))
})

test.skipIf(!ready)(
  'the loss of 20 updates on 4-bit weights is that of PEFT, also with moments in 8 bits',
  async () => {
    const { rows } = JSON.parse(await readFile(run ?? '', 'utf8')) as { rows: number[][] }
    const input = JSON.stringify({
      ...{ pretrained, adapter, rows },
      packed: path.join(folder, 'model.safetensors'),
    })
    const expected = JSON.parse(
      execFileSync(oraclePython ?? '', ['-c', script], { input, encoding: 'utf8', stdio: 'pipe' }),
    ) as number[]
    const backend = startedBackends[0] ?? expect.fail('no backend')
    for (const [optim, gradientCheckpointing, tolerance] of [
      ['adamw_torch', true, 0.001],
      ['adamw_8bit', false, 0.02],
    ] as const) {
      const model = await loadCausalLM(folder, { backend })
      await useReferenceAdapter(model)
      const trainer = new SFTTrainer({
        model,
        args: {
          ...{ maxSteps: 20, learningRate: 2e-3, gradientAccumulationSteps: 2, shuffle: false },
          ...{ gradientCheckpointing, optim },
        },
        trainDataset: rows.map((inputIds) => ({ inputIds })),
      })
      const { log } = await trainer.train()
      model.dispose()
      const differences = expected.map((loss, i) => Math.abs((log[i]?.loss ?? 0) / loss - 1))
      expect(Math.max(...differences), optim).toBeLessThan(tolerance)
    }
  },
)

async function useReferenceAdapter(model: Awaited<ReturnType<typeof loadCausalLM>>): Promise<void> {
  const reference = await openSafetensors(adapter ?? '')
  const named = (module: string, factor: string) =>
    `init.base_model.model.${module}.lora_${factor}.default.weight`
  const paths = matchTargetModules('all-linear', model.linears().keys())
  const values = new Map<string, { a: Float32Array; b: Float32Array }>()
  for (const name of paths) {
    const linear = model.linears().get(name) ?? expect.fail(name)
    const b = (await reference.readFloat32(named(name, 'B'))).data
    values.set(name, {
      a: (await reference.readFloat32(named(name, 'A'))).data,
      b: rowsFromCheckpoint(b, linear.outFeatures, linear.rowOrder),
    })
  }
  await reference.close()
  installAdapter(model, resolveLoraConfig(), paths, ({ path: name }) => values.get(name) ?? expect.fail(name))
}
