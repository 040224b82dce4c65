import { expect, test } from 'vitest'
import { createCausalLM } from '../models/create-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { useBackend } from '../tensors/backend.js'
import { DataCollator } from './data-collator.js'
import { EvaluationLoop } from './evaluation-loop.js'
import { ignoredLabel } from './tokenized-example.js'
import { resolveTrainingArguments } from './training-arguments.js'

test('token accuracy is the mean over batches, and the greatest is best', async () => {
  await useBackend('wasm')
  const model = await createCausalLM(tinyConfig, { seed: 5 })
  try {
    const likeliest = async (inputIds: readonly number[]): Promise<number[]> => {
      const { data, shape } = await model.logits([inputIds])
      const width = shape[2] ?? 0
      return inputIds.map((_, t) => {
        const row = Array.from(data.subarray(t * width, (t + 1) * width))
        return row.indexOf(Math.max(...row))
      })
    }
    const wrong = (id: number): number => (id + 1) % model.config.vocabSize
    const [first, second, third] = [
      [1, 2, 3, 4, 5],
      [6, 7, 8],
      [9, 10, 1, 2],
    ]
    const [a, b, c] = [await likeliest(first), await likeliest(second), await likeliest(third)]
    const examples = [
      // 2 of 3 right: the first label has no prediction, another is masked.
      { inputIds: first, labels: [0, a[0] ?? 0, ignoredLabel, wrong(a[2] ?? 0), a[3] ?? 0] },
      { inputIds: second, labels: [0, wrong(b[0] ?? 0), wrong(b[1] ?? 0)] },
      { inputIds: third, labels: [0, c[0] ?? 0, c[1] ?? 0, c[2] ?? 0] },
    ]
    const args = resolveTrainingArguments({
      ...{ metricForBestModel: 'eval_mean_token_accuracy', perDeviceEvalBatchSize: 2 },
    })
    const collator = new DataCollator({ padTokenId: 0, padToMultipleOf: 1 })
    const loop = new EvaluationLoop(model, examples, collator, args)
    const entry = await loop.evaluate(3, 1)
    expect(entry.evalMeanTokenAccuracy).toBeCloseTo((2 / 5 + 1) / 2, 12)
    expect(loop.state()).toMatchObject({ bestStep: 3, bestMetric: entry.evalMeanTokenAccuracy })
    loop.restore({ bestMetric: 0.1, bestStep: 1, withoutGain: 1 })
    await loop.evaluate(4, 1)
    expect(loop.state()).toMatchObject({ bestStep: 4, withoutGain: 0 })
    loop.restore({ bestMetric: 0.9, bestStep: 1, withoutGain: 0 })
    await loop.evaluate(5, 1)
    expect(loop.state()).toMatchObject({ bestStep: 1, withoutGain: 1 })
    const plain = new EvaluationLoop(model, examples, collator, resolveTrainingArguments())
    expect(await plain.evaluate(1, 1)).not.toHaveProperty('evalMeanTokenAccuracy')
  } finally {
    model.dispose()
  }
})
