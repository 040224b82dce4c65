import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../datasets/datasets.fixture.js'
import { sampleDatasetFile } from '../datasets/default-dataset.js'
import { loadFormattedDataset } from '../datasets/load-formatted-dataset.js'
import { plantCanaries } from '../evaluation/canaries.js'
import { writeCanaryFile } from '../evaluation/canary-file.js'
import type { HubSettings } from '../hub/hub-settings.js'
import { repositoryRoot } from '../test-data.fixture.js'
import { medicalAlpacaTemplate } from '../tokenizers/prompt-template.js'
import { defaultModelDirectory } from './default-model.js'
import { evaluate } from './evaluate.js'
import { evaluationRecords } from './evaluation-records.js'
import { finetune } from './finetune.js'
import { prepareDataset } from './prepare-dataset.js'

const folder = temporaryFolder()
const load = { backend: 'wasm' } as const

test('measures a model without and with its adapter on the same records', async () => {
  const prepared = (await prepareDataset({ input: sampleDatasetFile, outputDir: folder })).trainingFile
  const held = path.join(folder, 'held.jsonl')
  const rows = (await loadFormattedDataset(prepared)).slice(0, 3)
  writeFileSync(held, rows.map((row) => JSON.stringify(row)).join('\n'))
  const adapter = path.join(folder, 'adapter')
  await finetune({
    ...{ model: defaultModelDirectory, dataset: held, outputDir: adapter, load },
    lora: { r: 2, targetModules: ['q_proj'] },
    args: {
      ...{ maxSteps: 2, warmupSteps: 0, learningRate: 1e-2, maxLength: 64 },
      ...{ perDeviceTrainBatchSize: 1, gradientAccumulationSteps: 1 },
    },
  })
  const stages: string[] = []
  const report = await evaluate({
    ...{ model: defaultModelDirectory, adapter, dataset: sampleDatasetFile, load },
    ...{ perplexityDataset: held, limit: 3, settings: ['required'] },
    onProgress: (stage, done, total) => void (done === total && stages.push(stage)),
  })
  expect(stages).toEqual([
    ...['base, reasoning-required', 'base, perplexity'],
    ...['adapter, reasoning-required', 'adapter, perplexity'],
  ])
  expect(report).toMatchObject({ protocol: 'own', base: { pubmedQa: { required: { records: 3 } } } })
  expect(report.adapted?.perplexity?.tokens).toBe(report.base.perplexity?.tokens)
  expect(report.adapted?.perplexity?.meanLoss).not.toBeCloseTo(report.base.perplexity?.meanLoss ?? 0, 4)
  await expect(evaluate({ model: defaultModelDirectory })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
})

test('an adapter brings its own tokenizer and names its base model: a folder, or a repository in the cache', async () => {
  const adapter = path.join(folder, 'adapter')
  const [configFile, tokenizerFile] = ['adapter_config.json', 'tokenizer.json'].map((name) =>
    path.join(adapter, name),
  )
  const config = readFileSync(configFile ?? '', 'utf8')
  const held = path.join(folder, 'held.jsonl')
  const measure = (settings?: HubSettings) =>
    evaluate({ adapter, perplexityDataset: held, load, hub: { settings } })
  const expected = await measure()
  expect(expected).toMatchObject({ model: defaultModelDirectory, adapted: { perplexity: { records: 3 } } })
  writeFileSync(tokenizerFile ?? '', '{}')
  await expect(measure()).rejects.toMatchObject({ code: 'INVALID_TOKENIZER' })
  rmSync(tokenizerFile ?? '')
  expect((await measure()).adapted).toEqual(expected.adapted)

  const commit = '0123456789abcdef0123456789abcdef01234567'
  const cacheDirectory = path.join(folder, 'hub')
  const repository = path.join(cacheDirectory, 'models--someone--tiny')
  mkdirSync(path.join(repository, 'refs'), { recursive: true })
  writeFileSync(path.join(repository, 'refs/main'), commit)
  cpSync(defaultModelDirectory, path.join(repository, 'snapshots', commit), { recursive: true })
  writeFileSync(
    configFile ?? '',
    JSON.stringify({ ...JSON.parse(config), base_model_name_or_path: 'someone/tiny' }),
  )
  const settings = { endpoint: 'http://127.0.0.1:9', cacheDirectory, token: undefined, offline: true }
  const fromCache = await measure(settings)
  expect(fromCache).toMatchObject({ model: 'someone/tiny', adapted: expected.adapted })
  await expect(measure({ ...settings, cacheDirectory: folder })).rejects.toMatchObject({
    code: 'MODEL_NOT_FOUND',
  })
})

test('ids may be keys, a list or lines; one that is not in the file is refused', async () => {
  const file = path.join(folder, 'ids')
  const wanted = (await evaluationRecords(sampleDatasetFile)).articles.slice(2, 5).map(({ id }) => id)
  for (const content of [
    JSON.stringify(Object.fromEntries(wanted.map((id) => [id, 'yes']))),
    JSON.stringify(wanted),
    `${wanted.join('\r\n')}\n`,
  ]) {
    writeFileSync(file, content)
    const { articles } = await evaluationRecords(sampleDatasetFile, { ids: file })
    expect(articles.map(({ id }) => id)).toEqual(wanted)
  }
  writeFileSync(file, [...wanted, '1'].join('\n'))
  await expect(evaluationRecords(sampleDatasetFile, { ids: file })).rejects.toMatchObject({
    code: 'INVALID_DATASET',
    message: expect.stringContaining('1 of 4'),
  })
  await expect(evaluationRecords(sampleDatasetFile, { ids: `${file}-none` })).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  })
})

test('the command prints scores and verdicts, and writes a report', async () => {
  const planted = path.join(folder, 'canaries.json')
  await writeCanaryFile(planted, plantCanaries([], medicalAlpacaTemplate, { count: 2, digits: 2 }).list)
  const reportFile = path.join(folder, 'report.json')
  const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
  const run = spawnSync(
    process.execPath,
    [
      ...[bin, 'evaluate', '--backend', 'wasm', '--dataset', sampleDatasetFile, '--limit', '4'],
      ...['--setting', 'free', '--canaries', planted, '--report', reportFile, '--json'],
    ],
    { cwd: folder, encoding: 'utf8' },
  )
  expect(run.status, run.stderr).toBe(0)
  expect(run.stderr).toContain('macro-F1')
  expect(run.stderr).toContain('not comparable')
  expect(run.stderr).toMatch(/rank of each among 100 candidates: [\d.]+, [\d.]+\n {2}No sign of leaking/)
  expect(JSON.parse(run.stdout).base.pubmedQa.free.records).toBe(4)
  const report = JSON.parse(readFileSync(reportFile, 'utf8'))
  expect(report.base.pubmed_qa.free.answers[0].log_likelihoods).toHaveLength(3)
  expect(report.base.memorization).toMatchObject({ verdict: 'no-sign', canaries: [{ candidates: 100 }, {}] })
  expect(readFileSync(reportFile, 'utf8')).not.toContain('QUESTION')
}, 60_000)
