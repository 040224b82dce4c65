import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../datasets/datasets.fixture.js'
import { sampleDatasetFile } from '../datasets/default-dataset.js'
import { oraclePython } from '../test-data.fixture.js'
import { defaultModelDirectory } from './default-model.js'
import { evaluate } from './evaluate.js'
import { finetune } from './finetune.js'
import { updateModelCard } from './model-card.js'
import { prepareDataset } from './prepare-dataset.js'

const folder = temporaryFolder()
const load = { backend: 'wasm' } as const

const reader = `
import json, sys
from huggingface_hub import ModelCard
card = ModelCard.load(sys.argv[1])
data = card.data.to_dict()
scores = [[r.dataset_name, r.metric_type, r.metric_value] for r in card.data.eval_results or []]
print(json.dumps({**{k: data[k] for k in ("base_model", "library_name", "tags", "datasets")}, "scores": scores, "text": card.text}))
`

test.skipIf(oraclePython === undefined)(
  'huggingface_hub reads the card before and after an evaluation',
  async () => {
    const { trainingFile: dataset } = await prepareDataset({ input: sampleDatasetFile, outputDir: folder })
    const outputDir = path.join(folder, 'adapter')
    await finetune({
      ...{ model: defaultModelDirectory, dataset, outputDir, load },
      lora: { r: 2, targetModules: ['q_proj'] },
      args: { maxSteps: 1, maxLength: 64, gradientAccumulationSteps: 1, warmupSteps: 0 },
    })
    const read = () =>
      JSON.parse(
        execFileSync(oraclePython ?? '', ['-c', reader, path.join(outputDir, 'README.md')]).toString(),
      )
    expect(read()).toMatchObject({
      ...{ base_model: defaultModelDirectory, library_name: 'peft', scores: [] },
      ...{ tags: expect.arrayContaining(['lora', 'medical']), datasets: ['formatted_medical_dataset'] },
    })
    const report = await evaluate({
      adapter: outputDir,
      dataset: sampleDatasetFile,
      limit: 4,
      load,
      settings: ['free'],
    })
    await updateModelCard(outputDir, report)
    const scores = report.adapted?.pubmedQa.free
    const name = '4 records in the PubMedQA schema, reasoning-free'
    expect(read().scores).toEqual([
      [name, 'accuracy', Number(scores?.accuracy.toFixed(4))],
      [name, 'f1', Number(scores?.macroF1.toFixed(4))],
    ])
  },
)
