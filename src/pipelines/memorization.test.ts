import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../datasets/datasets.fixture.js'
import { plantCanaries } from '../evaluation/canaries.js'
import { readCanaryFile, writeCanaryFile } from '../evaluation/canary-file.js'
import { medicalAlpacaTemplate } from '../tokenizers/prompt-template.js'
import { defaultModelDirectory } from './default-model.js'
import { evaluate } from './evaluate.js'
import { finetune } from './finetune.js'

const folder = temporaryFolder()
const load = { backend: 'wasm' } as const
const dataset = path.join(folder, 'rows.jsonl')
const row = { instruction: 'Answer.', input: 'Is it so?', output: 'Yes.' }
writeFileSync(dataset, `${JSON.stringify(row)}\n`)
const training = {
  ...{ model: defaultModelDirectory, dataset, load },
  lora: { r: 8 },
  args: {
    ...{ maxSteps: 25, warmupSteps: 2, learningRate: 1e-2, completionOnlyLoss: true, maxLength: 256 },
    ...{ perDeviceTrainBatchSize: 4, gradientAccumulationSteps: 1 },
  },
}

test('secrets seen in many epochs are found, those of another draw are not', async () => {
  const outputDir = path.join(folder, 'adapter')
  await finetune({ ...training, outputDir, canaries: { count: 3, digits: 2, seed: 5 } })
  const planted = path.join(outputDir, 'canaries.json')
  const seen = await evaluate({ adapter: outputDir, canaries: planted, load })
  expect(seen.base.memorization).toMatchObject({ verdict: 'no-sign' })
  expect(seen.adapted?.memorization).toMatchObject({ verdict: 'leaks', extracted: 3 })
  expect(JSON.stringify(seen)).not.toContain((await readCanaryFile(planted)).canaries[0]?.prompt)
  const others = path.join(folder, 'others.json')
  const options = { count: 4, digits: 2, seed: 6 }
  await writeCanaryFile(others, plantCanaries([], medicalAlpacaTemplate, options).list)
  const unseen = await evaluate({ adapter: outputDir, canaries: others, load })
  expect(unseen.adapted?.memorization).toMatchObject({ verdict: 'no-sign', extracted: 0 })
})

test('secrets that could not be learned are refused, and an old list is no list of a new run', async () => {
  const outputDir = path.join(folder, 'refused')
  const refused = (args: object) =>
    finetune({ ...training, args: { ...training.args, ...args }, outputDir, canaries: { count: 1 } })
  await expect(refused({ maxLength: 64 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  const conversation = { assistantOnlyLoss: true, completionOnlyLoss: undefined }
  await expect(refused(conversation)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  await writeCanaryFile(path.join(outputDir, 'canaries.json'), { seed: 1, repeats: 1, canaries: [] })
  await finetune({ ...training, args: { ...training.args, maxSteps: 1 }, outputDir })
  expect(existsSync(path.join(outputDir, 'canaries.json'))).toBe(false)
})
