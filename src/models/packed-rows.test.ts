import { describe, expect, test } from 'vitest'
import { relativeError } from '../tensors/fused/gradient-check.fixture.js'
import { startedForms } from '../tensors/started-dtypes.fixture.js'
import type { CausalLM, TokenBatch } from './causal-lm.js'
import { loadModelOfSeed } from './model-in-form.fixture.js'
import type { Parameter } from './parameter.js'
import { tinyConfig } from './tiny-config.fixture.js'

const rows = [
  [1, 5, 3, 9, 4, 2],
  [1, 7, 7],
  [8, 3, 3, 10],
  [6, 2],
]
/** Two packed rows of three and two segments (the last is padding). */
const packed: TokenBatch = {
  inputIds: Int32Array.of(1, 5, 3, 9, 4, 2, 1, 7, 7, 8, 3, 3, 10, 6, 2, 0, 0, 0),
  labels: Int32Array.of(1, 5, 3, 9, 4, 2, 1, 7, 7, 8, 3, 3, 10, 6, 2, -100, -100, -100),
  segmentIds: Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 2, 2, 2),
  batchSize: 2,
  length: 9,
}
const labelCount = 5 + 2 + 3 + 1

/** Loss and summed gradients of micro-batches, by path. */
async function run(
  model: CausalLM,
  batches: readonly TokenBatch[],
  gradientCheckpointing = false,
): Promise<{ loss: number; labels: number; gradients: Map<string, Float32Array> }> {
  const gradients = new Map<string, Float32Array>()
  let [loss, labels] = [0, 0]
  for (const batch of batches) {
    const handles = new Map<Parameter, Parameter['value']>()
    const result = await model.lossAndGradients(batch, {
      lossDivisor: labelCount,
      gradientCheckpointing,
      sink: (parameter, gradient) => void handles.set(parameter, model.ops.keep(gradient)),
    })
    loss += result.lossSum
    labels += result.labelCount
    for (const [{ path }, handle] of handles) {
      const added = await model.ops.read(handle)
      const sum = gradients.get(path)
      gradients.set(path, sum === undefined ? added : sum.map((value, i) => value + (added[i] ?? 0)))
      model.ops.free(handle)
    }
  }
  return { loss, labels, gradients }
}

/** Attention over a packed row adds up in another order, which bfloat16 rounds otherwise; seeing another row is an error of 1. */
const tolerances = { float32: { loss: 1e-4, gradient: 1e-3 }, bfloat16: { loss: 0.2, gradient: 0.15 } }

describe.each(startedForms)('packed rows on $backend in $dtype, 4 bits: $loadIn4bit', (form) => {
  const tolerance = tolerances[form.dtype]
  /** Everything that may train does: in 4 bits norms and embeddings alone. */
  const loadTrainable = async (config: Readonly<Record<string, unknown>>): Promise<CausalLM> => {
    const model = await loadModelOfSeed({ config, seed: 5 }, form)
    for (const parameter of model.parameters()) parameter.trainable = !parameter.path.includes('.packed.')
    return model
  }

  test.each([
    {},
    { model_type: 'mistral', sliding_window: 2, attention_bias: undefined, mlp_bias: undefined },
  ])('have the loss, logits and gradients of the rows alone, %o', async (changes) => {
    const model = await loadTrainable({ ...tinyConfig, ...changes })
    const alone = rows.map(
      (row): TokenBatch => ({
        ...{ inputIds: Int32Array.from(row), labels: Int32Array.from(row) },
        ...{ batchSize: 1, length: row.length },
      }),
    )
    const expected = await run(model, alone)
    expect(expected.labels).toBe(labelCount)
    // Again and again: graphs that were recorded for other segments of one shape must not be taken for these.
    for (const checkpointing of [false, true, false]) {
      await run(model, [{ ...packed, segmentIds: new Int32Array(18) }], checkpointing)
      const result = await run(model, [packed], checkpointing)
      expect(result.labels).toBe(labelCount)
      expect(Math.abs(result.loss - expected.loss)).toBeLessThan(tolerance.loss)
      for (const [path, gradient] of expected.gradients) {
        expect(relativeError(result.gradients.get(path) ?? new Float32Array(), gradient), path).toBeLessThan(
          tolerance.gradient,
        )
      }
    }
    model.dispose()
  })

  test('segments must cover the tokens', async () => {
    const model = await loadTrainable(tinyConfig)
    await expect(run(model, [{ ...packed, segmentIds: new Int32Array(4) }])).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
    model.dispose()
  })
})
