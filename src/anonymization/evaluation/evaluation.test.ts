import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { testData } from '../../test-data.fixture.js'
import { Anonymizer } from '../anonymizer.js'
import { generateTexts } from './generator.fixture.js'
import { labelGrid } from './label-grid.fixture.js'
import { type GoldSpan, readMarkedText } from './marked-text.fixture.js'
import { proseEn } from './prose-en.fixture.js'
import { freshProse } from './prose-fresh.fixture.js'
import { heldOutProse } from './prose-held-out.fixture.js'
import { lastProse } from './prose-last.fixture.js'
import { prosePt } from './prose-pt.fixture.js'
import { score } from './score.fixture.js'
import { variedRecords } from './varied-records.fixture.js'

const anonymizer = new Anonymizer({ profile: 'clinical' })

function scoreOf(
  texts: readonly { text: string; spans: readonly GoldSpan[]; ignore?: readonly GoldSpan[] }[],
) {
  return score(
    texts.map(({ text, spans, ignore = [] }) => ({
      text,
      gold: spans,
      ignore,
      found: anonymizer.anonymize(text).spans,
    })),
  )
}

test('generated records of both languages', () => {
  const { fullRecall, precision } = scoreOf(generateTexts(600, 'records'))
  expect(fullRecall).toBeGreaterThanOrEqual(0.99)
  expect(precision).toBeGreaterThanOrEqual(0.99)
})

test.each([
  ['tuned on', 0, 0.95, 0.95],
  ['held out', 1, 0.9, 0.85],
])('natural prose, the half %s', (_name, half, leastRecall, leastPrecision) => {
  const texts = [...prosePt, ...proseEn].filter((_text, index) => index % 2 === half).map(readMarkedText)
  const { fullRecall, precision } = scoreOf(texts)
  expect(fullRecall).toBeGreaterThanOrEqual(leastRecall)
  expect(precision).toBeGreaterThanOrEqual(leastPrecision)
})

test('natural prose of other genres, all of it held out', () => {
  const { fullRecall, precision } = scoreOf(heldOutProse.map(readMarkedText))
  expect(fullRecall).toBeGreaterThanOrEqual(0.9)
  expect(precision).toBeGreaterThanOrEqual(0.85)
})

test.each([
  ['tuned', 0.95, 0.97],
  ['held-out', 0.97, 0.97],
  ['late', 0.99, 0.99],
] as const)('records in layouts of many systems, %s people', (set, leastRecall, leastPrecision) => {
  const { fullRecall, precision } = scoreOf(variedRecords(4, 'test', set))
  expect(fullRecall).toBeGreaterThanOrEqual(leastRecall)
  expect(precision).toBeGreaterThanOrEqual(leastPrecision)
})

test.each([
  ['a fresh set, the half held out', freshProse.filter((_text, index) => index % 2 === 1)],
  ['the last set, all held out', lastProse],
])('natural prose of %s', (_name, texts) => {
  const { fullRecall, precision } = scoreOf(texts.map(readMarkedText))
  expect(fullRecall).toBeGreaterThanOrEqual(0.9)
  expect(precision).toBeGreaterThanOrEqual(0.85)
})

test('every label in every layout of forms, tables, Markdown, JSON and XML', () => {
  const { fullRecall, precision } = scoreOf(labelGrid(8, 6, 'test'))
  expect(fullRecall).toBeGreaterThanOrEqual(0.995)
  expect(precision).toBeGreaterThanOrEqual(0.995)
})

const annotated = testData('eval/deid/dev.jsonl')

test.skipIf(annotated === undefined)('the annotated texts', () => {
  const lines = readFileSync(annotated ?? '', 'utf8')
    .split('\n')
    .filter(Boolean)
  const { fullRecall, precision } = scoreOf(lines.map((line) => JSON.parse(line)))
  expect(fullRecall).toBeGreaterThanOrEqual(0.99)
  expect(precision).toBeGreaterThanOrEqual(0.99)
})

test('the output of a run holds nothing more to find', () => {
  for (const { text } of [...generateTexts(400, 'again'), ...[...prosePt, ...proseEn].map(readMarkedText)]) {
    const once = anonymizer.anonymize(text).text
    expect(anonymizer.anonymize(once).text).toBe(once)
  }
})
