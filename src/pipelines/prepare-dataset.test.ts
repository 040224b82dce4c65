import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileWith, rawRecord, temporaryFolder } from '../datasets/datasets.fixture.js'
import { sampleDatasetFile } from '../datasets/default-dataset.js'
import { loadFormattedDataset } from '../datasets/load-formatted-dataset.js'
import { pubmedQaTestIds } from '../datasets/pubmedqa-test-ids.js'
import { parseTuningInput } from '../datasets/tuning-record.js'
import { testData } from '../test-data.fixture.js'
import { prepareDataset } from './prepare-dataset.js'

const folder = temporaryFolder()
const realFile = testData('data/ori_pqal.json')

let runCount = 0
const freshFolder = (): string => path.join(folder, `run-${runCount++}`)

function readTuning(file: string): { id: string; input: string }[] {
  return JSON.parse(readFileSync(file, 'utf8'))
}

test('the sample: all stages, every documented kind of identifier taken out', async () => {
  const outputDir = freshFolder()
  const stages = new Set<string>()
  const report = await prepareDataset({
    outputDir,
    input: sampleDatasetFile,
    profile: 'documented',
    onProgress: ({ stage }) => stages.add(stage),
  })
  expect(report).toMatchObject({
    validShare: 1,
    isFitForTraining: true,
    format: { examples: 52, skipped: 0 },
  })
  expect([...stages]).toEqual(['preprocess', 'validate', 'format'])
  expect(Object.keys(report.preprocess?.redactions ?? {}).sort()).toEqual([
    'DATA',
    'EMAIL',
    'PACIENTE_ID',
    'TELEFONE',
  ])
  const text = readFileSync(report.tuningFile, 'utf8') + readFileSync(report.trainingFile, 'utf8')
  expect(text).not.toMatch(
    /\d{1,2}\/\d{1,2}\/\d{4}|\d{4}-\d\d-\d\d|ID: \d|@|98765-4321|555-\d{3}-\d{4}|11987654321/,
  )
  expect(text).toContain('ID: [PACIENTE_ID]')
  expect(text).toContain('0.36 to 0.91')
  expect(readdirSync(outputDir).sort()).toEqual([
    'anonymization_audit.json',
    'formatted_medical_dataset.json',
    'medical_tuning_data.json',
  ])
})

test('each stage alone reads what the one before it wrote', async () => {
  const options = { input: sampleDatasetFile, outputDir: freshFolder() }
  await expect(prepareDataset({ ...options, stages: ['format'] })).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
  const first = await prepareDataset({ ...options, stages: ['preprocess'] })
  expect([first.preprocess?.written, first.validation, existsSync(first.trainingFile)]).toEqual([
    52,
    undefined,
    false,
  ])
  const second = await prepareDataset({ ...options, stages: ['validate'] })
  expect([second.preprocess, second.validation?.valid]).toEqual([undefined, 52])
  const third = await prepareDataset({ ...options, stages: ['format'], layout: 'messages' })
  expect((await loadFormattedDataset(third.trainingFile)).length).toBe(52)
})

describe('the 95 % rule counts records that were left out', () => {
  const dataset = (bad: number): string => {
    const records = Array.from({ length: 100 }, (_, i) => [`r${i}`, i < bad ? { QUESTION: 5 } : rawRecord])
    return fileWith(folder, Object.fromEntries(records))
  }

  test('95 valid of 100: fit', async () => {
    const report = await prepareDataset({ input: dataset(5), outputDir: freshFolder() })
    expect(report).toMatchObject({ validShare: 0.95, isFitForTraining: true, preprocess: { rejected: 5 } })
  })

  test('94 valid of 100: not fit, no training file', async () => {
    const report = await prepareDataset({ input: dataset(6), outputDir: freshFolder() })
    expect(report).toMatchObject({
      validShare: 0.94,
      isFitForTraining: false,
      preprocess: { problemCount: 18 },
    })
    expect([report.preprocess?.firstProblems.length, report.format]).toEqual([10, undefined])
    expect(existsSync(report.trainingFile)).toBe(false)
  })
})

test('a stop in the middle leaves the earlier files as they were', async () => {
  const outputDir = freshFolder()
  const options = { input: sampleDatasetFile, outputDir }
  const { tuningFile } = await prepareDataset({ ...options, stages: ['preprocess'] })
  writeFileSync(tuningFile, 'earlier')
  await expect(prepareDataset({ ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'INTERRUPTED',
  })
  expect(readdirSync(outputDir).sort()).toEqual(['anonymization_audit.json', 'medical_tuning_data.json'])
  expect(readFileSync(tuningFile, 'utf8')).toBe('earlier')
})

test('only test records: nothing to train on, unless they are asked for', async () => {
  const options = { input: fileWith(folder, { 12377809: rawRecord }), outputDir: freshFolder() }
  await expect(prepareDataset(options)).rejects.toThrow(/--include-test-split/)
  expect((await prepareDataset({ ...options, includeTestSplit: true })).format?.examples).toBe(1)
})

describe.skipIf(realFile === undefined)('PubMedQA', () => {
  const raw: Record<string, typeof rawRecord> = JSON.parse(
    readFileSync(realFile ?? '/dev/null', 'utf8') || '{}',
  )

  test.each(['documented', 'literature'] as const)(
    '%s: only anonymized spans differ from the plain documented text',
    async (profile) => {
      const { tuningFile, preprocess, validation } = await prepareDataset({
        input: realFile ?? '',
        outputDir: freshFolder(),
        profile,
      })
      expect([preprocess?.rejected, validation?.validShare]).toEqual([0, 1])
      const records = readTuning(tuningFile)
      expect(records.length).toBe(1000)
      let placeholders = 0
      for (const { id, input } of records) {
        const pieces = input.split(/\[(?:DATA|TELEFONE|EMAIL|PACIENTE_ID)\]/)
        placeholders += pieces.length - 1
        const escaped = pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        // A replaced span is short: a date, a number, an address; never a sentence.
        expect(new RegExp(`^${escaped.join('.{4,40}?')}$`, 's').test(plainText(raw[id] ?? rawRecord))).toBe(
          true,
        )
      }
      const redactions = Object.values(preprocess?.redactions ?? {}).reduce((sum, count) => sum + count, 0)
      expect(placeholders).toBe(redactions)
    },
  )

  test('the training file leaves out the 500 test records by default', async () => {
    const options = { input: realFile ?? '', outputDir: freshFolder() }
    const report = await prepareDataset(options)
    expect(report.format).toEqual({ examples: 500, testRecordsKeptOut: 500, skipped: 0 })
    const columns = JSON.parse(readFileSync(report.trainingFile, 'utf8'))
    expect(Object.keys(columns)).toEqual(['instruction', 'input', 'output'])
    const tuning = readTuning(report.tuningFile)
    const firstInput = parseTuningInput(tuning.find(({ id }) => !pubmedQaTestIds.has(id))?.input ?? '')
    expect(columns.input[0]).toContain(
      `Termos técnicos: ${firstInput?.terms}\nPergunta: ${firstInput?.question}`,
    )
    const all = await prepareDataset({ ...options, includeTestSplit: true, stages: ['format'] })
    expect(all.format?.examples).toBe(1000)
  })
})

/** The documented text, written out once more on its own. */
function plainText({ CONTEXTS, MESHES, QUESTION, LONG_ANSWER }: typeof rawRecord): string {
  const terms = MESHES.length > 0 ? `[|Termos|] ${MESHES.join(', ')}[|eTermos|]\n` : ''
  return (
    'INSTRUÇÃO MÉDICA: Responda à pergunta baseando-se nos contextos fornecidos.\n' +
    `[|Contexto|] ${CONTEXTS.join(' ')}[|eContexto|]\n${terms}` +
    `[|Pergunta|] ${QUESTION}[|ePergunta|]\n\n[|Resposta|]${LONG_ANSWER}[|eResposta|]`
  )
}
