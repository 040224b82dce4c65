import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { installAdapter } from '../lora/apply-lora.js'
import { resolveLoraConfig } from '../lora/lora-config.js'
import { elementCount } from '../tensors/dtype.js'
import { relativeError } from '../tensors/fused/gradient-check.fixture.js'
import type { Tensor } from '../tensors/ops.js'
import { openSafetensors, type SafetensorsFile } from '../tensors/safetensors.js'
import { writeSafetensors } from '../tensors/safetensors-writer.js'
import { type StartedDtype, startedDtypes } from '../tensors/started-dtypes.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { CausalLM } from './causal-lm.js'
import { rowsFromCheckpoint, rowsToCheckpoint } from './layers/row-order.js'
import { loadCausalLM } from './load-causal-lm.js'
import type { GradientSink } from './parameter.js'

/** The golden model: a tiny Llama with grouped heads and an untied head, with adapters on q, v and down. */
const config = {
  model_type: 'llama',
  vocab_size: 96,
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_parameters: { rope_type: 'default', rope_theta: 500_000 },
}
const lora = resolveLoraConfig({ r: 4, loraAlpha: 8, targetModules: ['q_proj', 'v_proj', 'down_proj'] })
const [batchSize, length] = [2, 12]

let golden: SafetensorsFile
let directory: string

beforeAll(async () => {
  golden = await openSafetensors(path.join(repositoryRoot, 'data/reference/lora_step_golden.safetensors'))
  directory = await mkdtemp(path.join(tmpdir(), 'medtune-golden-'))
  await writeFile(path.join(directory, 'config.json'), JSON.stringify(config))
  const names = golden.names.filter((name) => name.startsWith('base.'))
  const entries = names.map((name) => ({
    name: name.slice('base.'.length),
    dtype: 'F32' as const,
    shape: golden.info(name).shape,
    data: async () => (await golden.readFloat32(name)).data,
  }))
  await writeSafetensors(path.join(directory, 'model.safetensors'), entries)
})

afterAll(async () => {
  await golden.close()
  await rm(directory, { recursive: true, force: true })
})

async function goldenIntegers(name: string): Promise<Int32Array> {
  const { data } = await golden.read(name)
  const values = new BigInt64Array(data.buffer, data.byteOffset, data.byteLength / 8)
  return Int32Array.from(values, Number)
}

function rowsOf(data: Int32Array): number[][] {
  return Array.from({ length: batchSize }, (_, row) => [...data.subarray(row * length, (row + 1) * length)])
}

/** The golden base model with the golden adapter inside. */
async function loadAdapted(started: StartedDtype): Promise<CausalLM> {
  const model = await loadCausalLM(directory, started)
  const paths = [...model.linears().keys()].filter((name) => golden.has(goldenName('param', name, 'A')))
  const values = new Map<string, { a: Float32Array; b: Float32Array }>()
  for (const [name, linear] of model.linears()) {
    if (!paths.includes(name)) continue
    const a = await golden.readFloat32(goldenName('param', name, 'A'))
    const b = await golden.readFloat32(goldenName('param', name, 'B'))
    values.set(name, { a: a.data, b: rowsFromCheckpoint(b.data, linear.outFeatures, linear.rowOrder) })
  }
  installAdapter(
    model,
    lora,
    paths,
    ({ path: name }) => values.get(name) ?? expect.fail(`no adapter for ${name}`),
  )
  return model
}

function goldenName(kind: 'param' | 'grad', module: string, factor: 'A' | 'B'): string {
  return `${kind}.base_model.model.${module}.lora_${factor}.default.weight`
}

/** bfloat16 has 8 bits of mantissa, the first of them implied. */
const tolerances = {
  float32: { logits: 1e-4, loss: 1e-5, attention: 1e-5, gradients: 1e-4 },
  bfloat16: { logits: 0.05, loss: 5e-3, attention: 0.01, gradients: 0.04 },
}

describe.each(startedDtypes)('LoRA step on $backend in $dtype equals PEFT', (started) => {
  const tolerance = tolerances[started.dtype]

  test('logits, loss and attention weights', async () => {
    const model = await loadAdapted(started)
    const [ids, labels] = [await goldenIntegers('ids'), await goldenIntegers('labels')]
    const { data, shape } = await model.logits(rowsOf(ids))
    const expected = await golden.readFloat32('logits')
    expect(shape).toEqual(expected.shape)
    expect(largestDifference(data, expected.data)).toBeLessThan(tolerance.logits)
    const [loss = Number.NaN] = (await golden.readFloat32('loss')).data
    expect(Math.abs((await model.loss(rowsOf(ids), rowsOf(labels))) - loss)).toBeLessThan(tolerance.loss)
    for (const attention of await model.attentions(rowsOf(ids), [0, 1])) {
      const reference = await golden.readFloat32(`attn.${attention.layer}`)
      expect(attention.shape).toEqual(reference.shape)
      expect(largestDifference(attention.data, reference.data)).toBeLessThan(tolerance.attention)
    }
    model.dispose()
  })

  test.each([false, true])('gradients of A and B, checkpointing %s', async (gradientCheckpointing) => {
    const model = await loadAdapted(started)
    const { ops } = model
    const [inputIds, labels] = [await goldenIntegers('ids'), await goldenIntegers('labels')]
    const labelCount = labels.filter((label, i) => label >= 0 && i % length > 0).length
    const gradients = new Map<string, Tensor>()
    // Several times, so that a backend that replays recorded layers does so for what is compared.
    for (let repeat = 0; repeat < 6; repeat++) {
      ops.free(...gradients.values())
      const sink: GradientSink = ({ path: name }, gradient) => gradients.set(name, ops.keep(gradient))
      await model.lossAndGradients(
        { inputIds, labels, batchSize, length },
        { lossDivisor: labelCount, gradientCheckpointing, sink },
      )
    }
    expect(gradients.size).toBe(golden.names.filter((name) => name.startsWith('grad.')).length)
    for (const [module, linear] of model.linears()) {
      for (const factor of ['A', 'B'] as const) {
        const gradient = gradients.get(`${module}.lora_${factor}.weight`)
        if (gradient === undefined) continue
        const reference = await golden.readFloat32(goldenName('grad', module, factor))
        const values = await ops.read(gradient)
        const rows = factor === 'A' ? values : rowsToCheckpoint(values, linear.outFeatures, linear.rowOrder)
        expect(rows.length).toBe(elementCount(reference.shape))
        expect(relativeError(rows, reference.data), `${module} ${factor}`).toBeLessThan(tolerance.gradients)
      }
    }
    ops.free(...gradients.values())
    model.dispose()
  })
})

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] ?? Number.NaN))), 0)
}
