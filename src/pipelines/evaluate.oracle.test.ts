import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../datasets/datasets.fixture.js'
import { sampleDatasetFile } from '../datasets/default-dataset.js'
import { loadFormattedDataset } from '../datasets/load-formatted-dataset.js'
import { oraclePython, repositoryRoot, testData } from '../test-data.fixture.js'
import { medicalAlpacaTemplate } from '../tokenizers/prompt-template.js'
import { defaultModelDirectory } from './default-model.js'
import { evaluate } from './evaluate.js'
import { evaluationRecords } from './evaluation-records.js'
import { finetune } from './finetune.js'
import { prepareDataset } from './prepare-dataset.js'

const folder = temporaryFolder()
const pubMedQa = testData('data/ori_pqal.json')
const pretrained = testData('models/stories260K')
const records = 12

interface Peer {
  readonly likelihoods: Readonly<Record<string, readonly number[]>>
  readonly accuracy: number
  readonly macroF1: number
  readonly perplexity: number
}

const models = [defaultModelDirectory, ...(pretrained === undefined ? [] : [pretrained])]

test.skipIf(oraclePython === undefined).each(models)(
  '%s, and with an adapter, has the scores of transformers and peft',
  async (model) => {
    const dataset = pubMedQa ?? sampleDatasetFile
    const prepared = (await prepareDataset({ input: sampleDatasetFile, outputDir: folder })).trainingFile
    const rows = (await loadFormattedDataset(prepared)).slice(0, 8)
    const held = path.join(folder, 'held.jsonl')
    writeFileSync(held, rows.map((row) => JSON.stringify(row)).join('\n'))
    const texts = rows.map((row) => {
      const { prompt, completion } = medicalAlpacaTemplate.format(row)
      return prompt + completion
    })
    const { articles } = await evaluationRecords(dataset, { limit: records })
    const [idFile, textFile] = [path.join(folder, 'ids.json'), path.join(folder, 'texts.json')]
    writeFileSync(idFile, JSON.stringify(articles.map(({ id }) => id)))
    writeFileSync(textFile, JSON.stringify(texts))
    const adapter = path.join(folder, `adapter-of-${path.basename(model)}`)
    await finetune({
      ...{ model, dataset: held, outputDir: adapter, lora: { r: 4 } },
      args: { maxSteps: 4, warmupSteps: 0, learningRate: 1e-2, maxLength: 128, gradientAccumulationSteps: 1 },
    })
    const ours = await evaluate({ adapter, dataset, limit: records, perplexityDataset: held })
    const cases = [
      { setting: 'required', found: ours.base, options: [] },
      { setting: 'free', found: ours.base, options: [] },
      { setting: 'required', found: ours.adapted, options: ['--adapter', adapter] },
    ] as const
    for (const { setting, found, options } of cases) {
      const output = execFileSync(oraclePython ?? '', [
        ...[path.join(repositoryRoot, 'data/reference/peers/evaluate.py'), '--model', model, ...options],
        ...['--dataset', dataset, '--ids', idFile, '--texts', textFile, '--setting', setting],
      ])
      const theirs: Peer = JSON.parse(output.toString())
      const scores = found?.pubmedQa[setting]
      expect(scores?.accuracy).toBeCloseTo(theirs.accuracy, 12)
      expect(scores?.macroF1).toBeCloseTo(theirs.macroF1, 12)
      expect(Math.abs((found?.perplexity?.perplexity ?? 0) / theirs.perplexity - 1)).toBeLessThan(1e-4)
      expect(scores?.answers).toHaveLength(articles.length)
      for (const { id, logLikelihoods } of scores?.answers ?? []) {
        for (const [index, value] of logLikelihoods.entries()) {
          expect(Math.abs(value - (theirs.likelihoods[id]?.[index] ?? Number.NaN))).toBeLessThan(1e-3)
        }
      }
    }
  },
  300_000,
)
