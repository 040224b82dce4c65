import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { CausalLM } from '../models/causal-lm.js'
import { createCausalLM } from '../models/create-causal-lm.js'
import { rowsToCheckpoint } from '../models/layers/row-order.js'
import { type LoadOptions, loadCausalLM } from '../models/load-causal-lm.js'
import type { GradientSink } from '../models/parameter.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import { useBackend } from '../tensors/backend.js'
import { relativeError } from '../tensors/fused/gradient-check.fixture.js'
import type { Tensor } from '../tensors/ops.js'
import { Random } from '../tensors/random.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { oraclePython } from '../test-data.fixture.js'
import { applyLora } from './apply-lora.js'
import { loadAdapter } from './load-adapter.js'
import { saveAdapter } from './save-adapter.js'

const folder = mkdtempSync(path.join(tmpdir(), 'medtune-bfloat16-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const config = {
  model_type: 'llama',
  vocab_size: 256,
  hidden_size: 96,
  intermediate_size: 160,
  num_hidden_layers: 3,
  num_attention_heads: 6,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  max_position_embeddings: 512,
  initializer_range: 0.08,
  tie_word_embeddings: true,
  bos_token_id: 1,
  eos_token_id: 2,
}
const [batchSize, length] = [2, 300]
const random = new Random(11)
const inputIds = Int32Array.from({ length: batchSize * length }, () => random.uint32() % config.vocab_size)
const labels = inputIds.map((id, i) => (i % length < 40 ? -100 : id))

const script = `
import json, sys, torch
from transformers import AutoModelForCausalLM
from peft import PeftModel
job = json.load(sys.stdin)
ids, labels = (torch.tensor(job[name]).view(job["batch"], -1) for name in ("ids", "labels"))
answers = {}
for dtype in ("float32", "bfloat16"):
    base = AutoModelForCausalLM.from_pretrained(job["folder"], dtype=getattr(torch, dtype))
    model = PeftModel.from_pretrained(base, job["folder"] + "/adapter", is_trainable=True)
    loss = model(input_ids=ids, labels=labels).loss
    loss.backward()
    gradients = {name.replace("base_model.model.", "").replace(".default", ""): p.grad.float().flatten().tolist()
                 for name, p in model.named_parameters() if p.requires_grad}
    answers[dtype] = {"loss": loss.item(), "gradients": gradients}
print(json.dumps(answers))`

type Answer = Readonly<
  Record<'float32' | 'bfloat16', { loss: number; gradients: Readonly<Record<string, number[]>> }>
>

/** A base with bfloat16 values in the folder and an adapter with B other than zero in `adapter/`. */
async function writeModel(): Promise<void> {
  const model = await createCausalLM(config, { seed: 3 })
  await saveCausalLM(model, folder, { dtype: 'bfloat16' })
  applyLora(model, { r: 4, loraAlpha: 8, targetModules: 'all-linear' })
  for (const parameter of model.parameters()) {
    if (!parameter.path.includes('lora_B')) continue
    const { shape } = parameter.value
    const data = (await model.ops.read(parameter.value)).map(() => random.normal(0, 0.05))
    model.ops.free(parameter.value)
    parameter.value = model.ops.keep(model.ops.upload(data, shape))
  }
  await saveAdapter(model, path.join(folder, 'adapter'))
  model.dispose()
}

/** The mean loss and the adapter's gradients by name, rows in the files' order. */
async function lossAndGradients(
  model: CausalLM,
  gradientCheckpointing: boolean,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const { ops } = model
  const collected = new Map<string, Tensor>()
  const sink: GradientSink = ({ path: name }, gradient) => collected.set(name, ops.keep(gradient))
  const batch = { inputIds, labels, batchSize, length }
  const lossDivisor = labels.filter((label, i) => label >= 0 && i % length > 0).length
  const { lossSum } = await model.lossAndGradients(batch, { lossDivisor, gradientCheckpointing, sink })
  const gradients = new Map<string, Float32Array>()
  for (const [name, gradient] of collected) {
    const linear = model.linears().get(name.replace(/\.lora_.*/, ''))
    const values = await ops.read(gradient)
    ops.free(gradient)
    const isB = name.includes('lora_B') && linear !== undefined
    gradients.set(name, isB ? rowsToCheckpoint(values, linear.outFeatures, linear.rowOrder) : values)
  }
  return { loss: lossSum / lossDivisor, gradients }
}

/** What PEFT computes of the model in the folder; once for all tests. */
let answer: Promise<Answer> | undefined

async function answerOfPeft(): Promise<Answer> {
  await writeModel()
  const job = { folder, batch: batchSize, ids: [...inputIds], labels: [...labels] }
  const output = execFileSync(oraclePython ?? '', ['-c', script], {
    input: JSON.stringify(job),
    maxBuffer: 2 ** 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  return JSON.parse(output.toString()) as Answer
}

type Case = Required<Pick<LoadOptions, 'backend' | 'dtype' | 'matmulPrecision'>>

const cases: Case[] = []
for (const backend of startedBackends) {
  const { ops } = await useBackend(backend)
  for (const dtype of ['bfloat16', 'float16'] as const) {
    if (ops.computeDtypes.includes(dtype)) cases.push({ backend, dtype, matmulPrecision: 'highest' })
  }
  if (ops.computeDtypes.includes('bfloat16')) {
    cases.push({ backend, dtype: 'float32', matmulPrecision: 'high' })
  }
}

test
  .skipIf(oraclePython === undefined || cases.length === 0)
  .each(
    cases.length > 0
      ? cases
      : [{ backend: 'native', dtype: 'bfloat16', matmulPrecision: 'highest' } as const],
  )(
  '$dtype gradients on $backend, precision $matmulPrecision, are as near to float32 as those of PEFT in bfloat16',
  async (chosen) => {
    answer ??= answerOfPeft()
    const { float32, bfloat16 } = await answer
    const names = Object.keys(float32.gradients)
    const meanError = (gradientOf: (name: string) => Float32Array): number => {
      const errors = names.map((name) =>
        relativeError(gradientOf(name), Float32Array.from(float32.gradients[name] ?? [])),
      )
      return errors.reduce((sum, error) => sum + error, 0) / names.length
    }
    const theirs = meanError((name) => Float32Array.from(bfloat16.gradients[name] ?? []))
    const model = await loadCausalLM(folder, chosen)
    await loadAdapter(model, path.join(folder, 'adapter'), { trainable: true })
    const before = model.ops.memory().tensors
    // Several times, so that recorded layers are replayed for some of what is compared.
    for (const gradientCheckpointing of [false, true, false, false, false, true]) {
      const { loss, gradients } = await lossAndGradients(model, gradientCheckpointing)
      expect(gradients.size).toBe(names.length)
      const ours = meanError((name) => gradients.get(name) ?? new Float32Array())
      expect(ours, `theirs: ${theirs}`).toBeLessThanOrEqual(theirs)
      expect(Math.abs(loss - float32.loss)).toBeLessThan(2e-3 * float32.loss)
    }
    expect(model.ops.memory().tensors).toBe(before)
    model.dispose()
  },
)
