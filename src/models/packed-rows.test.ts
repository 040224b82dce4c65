import { describe, expect, test } from 'vitest'
import { useBackend } from '../tensors/backend.js'
import { relativeError } from '../tensors/fused/gradient-check.fixture.js'
import type { Tensor } from '../tensors/ops.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import type { CausalLM, TokenBatch } from './causal-lm.js'
import { createCausalLM } from './create-causal-lm.js'
import { tinyConfig } from './tiny-config.fixture.js'

/** Examples of different lengths; the first label of each is predicted by nothing. */
const examples = [
  { ids: [1, 5, 3, 9, 4], labels: [1, -100, 3, 9, 4] },
  { ids: [2, 7, 7], labels: [2, 7, 7] },
  { ids: [6, 0, 8, 10, 1, 3], labels: [6, 0, -100, 10, 1, 3] },
  { ids: [4, 2], labels: [4, 2] },
]

/** Rows of 9 tokens: the first two examples with a padded position, the other two. */
const packed: TokenBatch = {
  inputIds: Int32Array.of(1, 5, 3, 9, 4, 2, 7, 7, 0, 6, 0, 8, 10, 1, 3, 4, 2, 0),
  labels: Int32Array.of(1, -100, 3, 9, 4, 2, 7, 7, -100, 6, 0, -100, 10, 1, 3, 4, 2, -100),
  segmentIds: Int32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 2, 0, 0, 0, 0, 0, 0, 1, 1, 2),
  batchSize: 2,
  length: 9,
}
/** Where each example is in `packed`: row and first position. */
const places = [0, 5, 9, 15]

const sliding = { model_type: 'mistral', head_dim: 4, sliding_window: 3 }
const llama = { ...tinyConfig, tie_word_embeddings: true }
const { attention_bias: _, mlp_bias: __, ...plain } = tinyConfig

function single({ ids, labels }: (typeof examples)[number]): TokenBatch {
  return {
    inputIds: Int32Array.from(ids),
    labels: Int32Array.from(labels),
    batchSize: 1,
    length: ids.length,
  }
}

/** Summed gradients of batches, by path, and the summed loss. */
async function train(
  model: CausalLM,
  batches: readonly TokenBatch[],
  gradientCheckpointing: boolean,
): Promise<{ sums: Map<string, Float32Array>; lossSum: number; labelCount: number }> {
  const { ops } = model
  const sums = new Map<string, Float32Array>()
  let [lossSum, labelCount] = [0, 0]
  for (const batch of batches) {
    const handles = new Map<string, Tensor>()
    const result = await model.lossAndGradients(batch, {
      lossDivisor: 10,
      gradientCheckpointing,
      sink: ({ path }, gradient) => handles.set(path, ops.keep(gradient)),
    })
    lossSum += result.lossSum
    labelCount += result.labelCount
    for (const [path, handle] of handles) {
      const values = await ops.read(handle)
      const sum = sums.get(path) ?? new Float32Array(values.length)
      sums.set(
        path,
        sum.map((value, i) => value + (values[i] ?? 0)),
      )
      ops.free(handle)
    }
  }
  return { sums, lossSum, labelCount }
}

describe.each(startedBackends)('packed rows on %s', (backend) => {
  test.each([
    ['llama', llama],
    ['a sliding window', { ...plain, ...sliding }],
  ])('are the same rows apart: hidden states, losses, gradients (%s)', async (_name, config) => {
    const { ops } = await useBackend(backend)
    const before = ops.memory().tensors
    const model = await createCausalLM(config, { seed: 7, backend })
    const hidden = async (ids: Int32Array, batchSize: number, segmentIds?: Int32Array) => {
      const tensor = ops.keep(model.hiddenStates(ids, batchSize, segmentIds))
      const values = await ops.read(tensor)
      ops.free(tensor)
      return values
    }
    const together = await hidden(packed.inputIds, 2, packed.segmentIds)
    for (const [i, { ids }] of examples.entries()) {
      const apart = await hidden(Int32Array.from(ids), 1)
      const begin = (places[i] ?? 0) * model.config.hiddenSize
      expect(relativeError(together.slice(begin, begin + apart.length), apart)).toBeLessThan(1e-5)
    }
    for (const gradientCheckpointing of [false, true]) {
      const apart = await train(model, examples.map(single), gradientCheckpointing)
      expect(apart.labelCount).toBe(10)
      // Several times, so that a backend that replays recorded layers does so for what is compared.
      for (let repeat = 0; repeat < 5; repeat++) {
        const whole = await train(model, [packed], gradientCheckpointing)
        expect(whole.labelCount).toBe(apart.labelCount)
        expect(whole.lossSum).toBeCloseTo(apart.lossSum, 4)
        for (const [path, gradient] of apart.sums) {
          const own = whole.sums.get(path) ?? new Float32Array()
          expect(relativeError(own, gradient), path).toBeLessThan(1e-4)
        }
      }
    }
    const evaluated = await model.batchLoss(packed)
    const apart = await Promise.all(examples.map((example) => model.batchLoss(single(example))))
    expect(evaluated.labelCount).toBe(10)
    expect(evaluated.lossSum).toBeCloseTo(
      apart.reduce((sum, { lossSum }) => sum + lossSum, 0),
      4,
    )
    model.dispose()
    expect(ops.memory().tensors).toBe(before)
  })

  test('segment ids of another number than tokens are refused', async () => {
    const model = await createCausalLM(llama, { seed: 7, backend })
    const segmentIds = Int32Array.of(0, 0)
    await expect(model.batchLoss({ ...packed, segmentIds })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    model.dispose()
  })
})
