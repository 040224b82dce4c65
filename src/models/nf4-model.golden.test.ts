import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyLora } from '../lora/apply-lora.js'
import { useBackend } from '../tensors/backend.js'
import { relativeError } from '../tensors/fused/gradient-check.fixture.js'
import type { Tensor } from '../tensors/ops.js'
import { startedDtypes } from '../tensors/started-dtypes.fixture.js'
import type { CausalLM } from './causal-lm.js'
import { type LoadOptions, loadCausalLM } from './load-causal-lm.js'
import { type Nf4Checkpoints, writeNf4Checkpoints } from './nf4-checkpoints.fixture.js'
import { saveCausalLM } from './save-causal-lm.js'

const config = {
  ...{ model_type: 'llama', vocab_size: 96, hidden_size: 64, intermediate_size: 172, num_hidden_layers: 2 },
  ...{ num_attention_heads: 8, num_key_value_heads: 4, rms_norm_eps: 1e-5, tie_word_embeddings: false },
  ...{ max_position_embeddings: 64, initializer_range: 0.1, attention_bias: true },
}
let folders: Nf4Checkpoints
let root: string

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'medtune-nf4-'))
  folders = await writeNf4Checkpoints(root, config, { dtype: 'F16' })
})
afterAll(() => rm(root, { recursive: true, force: true }))

interface Step {
  readonly loss: number
  readonly gradients: ReadonlyMap<string, Float32Array>
}

const inputIds = Int32Array.from({ length: 2 * 24 }, (_, i) => (i * i * 7 + 3) % 96)
const batch = { inputIds, labels: inputIds, batchSize: 2, length: 24 }

async function adapted(folder: string, options: LoadOptions): Promise<CausalLM> {
  const model = await loadCausalLM(folder, options)
  applyLora(model, { r: 4, seed: 1 })
  const { ops } = model
  for (const parameter of model.parameters()) {
    if (!parameter.path.includes('lora_B')) continue
    // B starts as zeros, under which A has no gradient.
    const { shape } = parameter.value
    const count = shape.reduce((product, size) => product * size, 1)
    ops.free(parameter.value)
    parameter.value = ops.keep(
      ops.upload(
        Float32Array.from({ length: count }, (_, i) => Math.sin(i) / 8),
        shape,
      ),
    )
  }
  return model
}

async function step(model: CausalLM, gradientCheckpointing: boolean): Promise<Step> {
  const kept = new Map<string, Tensor>()
  const { lossSum } = await model.lossAndGradients(batch, {
    lossDivisor: 46,
    gradientCheckpointing,
    sink: ({ path: name }, gradient) => kept.set(name, model.ops.keep(gradient)),
  })
  const gradients = new Map<string, Float32Array>()
  for (const [name, gradient] of kept) gradients.set(name, await model.ops.read(gradient))
  model.ops.free(...kept.values())
  return { loss: lossSum, gradients }
}

/** The products of a step in bfloat16 have 8 bits of mantissa; what they are compared with is float32. */
const tolerances = {
  float32: { loss: 1e-5, gradient: 1e-4, logits: 1e-5 },
  bfloat16: { loss: 5e-3, gradient: 0.05, logits: 0.02 },
}

describe.each(startedDtypes)('a model with 4-bit weights on $backend in $dtype', ({ backend, dtype }) => {
  const tolerance = tolerances[dtype]

  test('computes what its decoded weights compute, checkpointed or not, and leaves nothing behind', async () => {
    const { ops } = await useBackend(backend)
    const before = ops.memory().tensors
    const reference = await adapted(folders.decoded, { backend })
    const expected = await step(reference, false)
    const logits = await reference.logits([[1, 2, 3, 4]])
    reference.dispose()
    const model = await adapted(folders.packed, { backend, dtype })
    const held = ops.memory().tensors
    // More steps than a backend takes before it replays recorded graphs.
    for (const gradientCheckpointing of [false, true, true, true, true, true, false]) {
      const { loss, gradients } = await step(model, gradientCheckpointing)
      expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(tolerance.loss)
      expect([...gradients.keys()]).toEqual([...expected.gradients.keys()])
      for (const [name, gradient] of gradients) {
        expect(relativeError(gradient, expected.gradients.get(name) ?? gradient), name).toBeLessThan(
          tolerance.gradient,
        )
      }
      expect(ops.memory().tensors).toBe(held)
    }
    expect(relativeError((await model.logits([[1, 2, 3, 4]])).data, logits.data)).toBeLessThan(
      tolerance.logits,
    )
    model.dispose()
    expect(ops.memory().tensors).toBe(before)
  })

  test('quantizes on the fly, to a fraction of the memory', async () => {
    const { ops } = await useBackend(backend)
    const before = ops.memory()
    const dense = await loadCausalLM(folders.plain, { backend, dtype })
    const denseLogits = await dense.logits([[5, 6, 7]])
    const denseBytes = ops.memory().bytes - before.bytes
    dense.dispose()
    const progress: number[] = []
    const model = await loadCausalLM(folders.plain, {
      ...{ backend, dtype },
      loadIn4bit: true,
      onProgress: (done, total) => progress.push(done / total),
    })
    expect(progress.at(-1)).toBe(1)
    expect(progress.every((part, i) => part > (progress[i - 1] ?? 0))).toBe(true)
    const { data } = await model.logits([[5, 6, 7]])
    // 4 bits cost some of each logit's value, yet the model is the same one.
    expect(relativeError(data, denseLogits.data)).toBeLessThan(0.3)
    expect(relativeError(data, denseLogits.data)).toBeGreaterThan(1e-3)
    // The tables, of which there is one set for a model of any size, may take a megabyte.
    expect(ops.memory().bytes - before.bytes).toBeLessThan(0.5 * denseBytes + 1.1e6)
    await expect(saveCausalLM(model, path.join(root, 'saved'))).rejects.toMatchObject({
      code: 'UNSUPPORTED_MODEL',
    })
    model.dispose()
    expect(ops.memory().tensors).toBe(before.tensors)
  })
})
