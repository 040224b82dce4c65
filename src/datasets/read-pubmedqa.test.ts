import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { testData } from '../test-data.fixture.js'
import { fileWith, rawRecord, temporaryFolder } from './datasets.fixture.js'
import { sampleDatasetFile } from './default-dataset.js'
import { pubmedQaTestIds } from './pubmedqa-test-ids.js'
import { loadPubMedQa } from './read-pubmedqa.js'

const folder = temporaryFolder()
const realFile = testData('data/ori_pqal.json')

test('a record becomes an article in our names', async () => {
  const { articles, problems } = await loadPubMedQa(fileWith(folder, { 21645374: rawRecord }))
  expect(problems).toEqual([])
  expect(articles).toEqual([
    {
      id: '21645374',
      question: 'Is it?',
      contexts: ['One.', 'Two.'],
      labels: ['BACKGROUND', 'RESULTS'],
      meshes: ['Colitis, Ulcerative', 'Child'],
      year: '2011',
      finalDecision: 'yes',
      longAnswer: 'It is.',
    },
  ])
})

test('optional fields may be missing or null', async () => {
  const { QUESTION, CONTEXTS, LONG_ANSWER } = rawRecord
  const record = { QUESTION, CONTEXTS, LONG_ANSWER, MESHES: null, YEAR: null, unknown_field: 1 }
  const { articles } = await loadPubMedQa(fileWith(folder, { 1: record }))
  expect(articles).toEqual([
    { id: '1', question: 'Is it?', contexts: ['One.', 'Two.'], labels: [], meshes: [], longAnswer: 'It is.' },
  ])
})

describe('a record that breaks the schema is reported by id and field, and the others are read', () => {
  test.each([
    ['QUESTION', undefined],
    ['QUESTION', 5],
    ['QUESTION', '  '],
    ['QUESTION', ['Is it?']],
    ['CONTEXTS', undefined],
    ['CONTEXTS', 'One.'],
    ['CONTEXTS', []],
    ['CONTEXTS', ['One.', 2]],
    ['CONTEXTS', ['', ' ']],
    ['LONG_ANSWER', null],
    ['LONG_ANSWER', {}],
    ['LABELS', 'RESULTS'],
    ['MESHES', 'Child'],
    ['MESHES', [null]],
    ['YEAR', { from: 2011 }],
    ['final_decision', 'perhaps'],
    ['final_decision', true],
  ])('%s: %j', async (field, value) => {
    const file = fileWith(folder, { 1: rawRecord, 2: { ...rawRecord, [field]: value }, 3: rawRecord })
    const { articles, problems } = await loadPubMedQa(file)
    expect(articles.map(({ id }) => id)).toEqual(['1', '3'])
    expect(problems.map(({ id, field: at }) => [id, at])).toEqual([['2', field]])
  })

  test.each([[null], ['text'], [[1]], [7]])('a record that is %j', async (record) => {
    const { articles, problems } = await loadPubMedQa(fileWith(folder, { 1: record, 2: rawRecord }))
    expect([articles.length, problems]).toEqual([
      1,
      [{ id: '1', field: '(record)', rule: 'must be a JSON object' }],
    ])
  })

  test('broken JSON and invalid UTF-8 inside a record', async () => {
    const good = JSON.stringify(rawRecord)
    const badUtf8 = Buffer.concat([
      Buffer.from('{"QUESTION": "'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}'),
    ])
    const bytes = Buffer.concat([
      Buffer.from(`{"1": ${good}, "2": {"QUESTION": NaN}, "3": `),
      badUtf8,
      Buffer.from(`, "4": ${good}}`),
    ])
    const { articles, problems } = await loadPubMedQa(fileWith(folder, bytes))
    expect(articles.map(({ id }) => id)).toEqual(['1', '4'])
    expect(problems.map(({ id, rule }) => [id, rule])).toEqual([
      ['2', 'must be valid UTF-8 and JSON'],
      ['3', 'must be valid UTF-8 and JSON'],
    ])
  })

  test('an id that occurs twice: the first record is kept', async () => {
    const good = JSON.stringify(rawRecord)
    const file = fileWith(folder, `{"1": ${good}, "1": ${good.replace('Is it?', 'Again?')}}`)
    const { articles, problems } = await loadPubMedQa(file)
    expect(articles.map(({ question }) => question)).toEqual(['Is it?'])
    expect(problems.map(({ id, field }) => [id, field])).toEqual([['1', '(id)']])
  })

  test('a key that does not look like an id is not shown', async () => {
    const { problems } = await loadPubMedQa(fileWith(folder, { a2: rawRecord, 'Maria da Silva, 1961': {} }))
    expect(new Set(problems.map(({ id }) => id))).toEqual(new Set(['#2']))
  })
})

test('a list, a missing file, a folder: clear codes', async () => {
  await expect(loadPubMedQa(fileWith(folder, [rawRecord]))).rejects.toMatchObject({ code: 'INVALID_DATASET' })
  await expect(loadPubMedQa(`${folder}/absent.json`)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  await expect(loadPubMedQa(folder)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})

test('an aborted signal stops the reading', async () => {
  const signal = AbortSignal.abort()
  await expect(loadPubMedQa(sampleDatasetFile, { signal })).rejects.toMatchObject({ code: 'INTERRUPTED' })
})

test('the sample keeps the promises of its README', async () => {
  const { articles, problems } = await loadPubMedQa(sampleDatasetFile)
  expect([articles.length, problems]).toEqual([52, []])
  const decisions = articles.map(({ finalDecision }) => finalDecision)
  expect(['yes', 'no', 'maybe'].map((verdict) => decisions.filter((d) => d === verdict).length)).toEqual([
    27, 15, 10,
  ])
  expect(articles.filter(({ id }) => /^\d+$/.test(id))).toEqual([])
  for (const { labels, contexts } of articles) expect(labels.length).toBe(contexts.length)
})

test('the official test split has 500 ids', () => {
  expect(pubmedQaTestIds.size).toBe(500)
  for (const id of pubmedQaTestIds) expect(id).toMatch(/^\d{5,8}$/)
})

test.skipIf(realFile === undefined)(
  'the real file: 1,000 articles, as JSON.parse reads them, 500 of them test records',
  async () => {
    const { articles, problems } = await loadPubMedQa(realFile ?? '')
    expect(problems).toEqual([])
    const raw: Record<string, typeof rawRecord> = JSON.parse(readFileSync(realFile ?? '', 'utf8'))
    expect(new Set(articles.map(({ id }) => id))).toEqual(new Set(Object.keys(raw)))
    for (const { id, question, contexts, meshes, longAnswer } of articles) {
      const { QUESTION, CONTEXTS, MESHES, LONG_ANSWER } = raw[id] ?? rawRecord
      expect([question, contexts, meshes, longAnswer]).toEqual([QUESTION, CONTEXTS, MESHES, LONG_ANSWER])
    }
    expect(articles.filter(({ id }) => pubmedQaTestIds.has(id)).length).toBe(500)
  },
)
