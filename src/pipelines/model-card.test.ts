import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../datasets/datasets.fixture.js'
import { sampleDatasetFile } from '../datasets/default-dataset.js'
import { defaultModelDirectory } from './default-model.js'
import { evaluate } from './evaluate.js'
import { finetune } from './finetune.js'
import { updateModelCard } from './model-card.js'
import { prepareDataset } from './prepare-dataset.js'

const folder = temporaryFolder()
const load = { backend: 'wasm' } as const

test('training writes a card, evaluation puts scores into it, once', async () => {
  const { trainingFile } = await prepareDataset({ input: sampleDatasetFile, outputDir: folder })
  const outputDir = path.join(folder, 'adapter')
  const training = {
    ...{ model: defaultModelDirectory, dataset: trainingFile, outputDir, load },
    lora: { r: 2, targetModules: ['q_proj'] },
    args: { maxSteps: 2, maxLength: 64, gradientAccumulationSteps: 1, warmupSteps: 0 },
  }
  await finetune(training)
  const file = path.join(outputDir, 'README.md')
  const written = readFileSync(file, 'utf8')
  expect(written).toContain(`base_model: "${defaultModelDirectory}"`)
  expect(written).toContain('| training file | `formatted_medical_dataset.json` |')
  expect(written).toMatch(
    /Profile `literature`, strategy `\w+`: identifiers were found and replaced in \d+ of \d+/,
  )
  expect(written).toMatch(/\| 1 \| \d+\.\d{4} \|\n\| 2 \| \d+\.\d{4} \|/)
  expect(written).toContain('Not evaluated yet')
  expect(existsSync(path.join(outputDir, 'loss_curve.svg'))).toBe(true)

  const report = await evaluate({ adapter: outputDir, dataset: sampleDatasetFile, limit: 3, load })
  expect(report.model).toBe(defaultModelDirectory)
  expect(await updateModelCard(outputDir, report)).toBe(file)
  const once = readFileSync(file, 'utf8')
  expect(once).toMatch(/\| reasoning-required \| with adapter \| 3 \| \d/)
  expect(once).toContain('model-index:\n- name: "adapter"')
  expect(once).not.toContain('Not evaluated yet')
  await updateModelCard(outputDir, report)
  expect(readFileSync(file, 'utf8')).toBe(once)
  const record = JSON.parse(readFileSync(trainingFile, 'utf8')) as { output: string[] }
  expect(record.output.filter((text) => once.includes(text))).toEqual([])

  await finetune(training)
  expect(readFileSync(file, 'utf8')).toContain('Not evaluated yet')
  writeFileSync(file, '# A card of my own\n')
  expect(await updateModelCard(outputDir, report)).toBeUndefined()
  expect(readFileSync(file, 'utf8')).toBe('# A card of my own\n')
})
