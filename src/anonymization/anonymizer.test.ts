import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { testData } from '../test-data.fixture.js'
import { Anonymizer } from './anonymizer.js'
import { profileNames } from './profiles.js'

const documentedRows: readonly (readonly [string, string])[] = [
  ['Consulta em 15/03/2024.', 'Consulta em [DATA].'],
  ['on 5/3/2024 and 03/25/2024', 'on [DATA] and [DATA]'],
  ['em 2024-03-15', 'em [DATA]'],
  ['ID: 12345', 'ID: [PACIENTE_ID]'],
  ['Patient ID: 12345, seen', 'Patient ID: [PACIENTE_ID], seen'],
  ['Fone 11987654321.', 'Fone [TELEFONE].'],
  ['(11) 98765-4321', '[TELEFONE]'],
  ['+55 11 98765-4321', '[TELEFONE]'],
  ['555-123-4567', '[TELEFONE]'],
  ['email@hospital.com', '[EMAIL]'],
  ['mulher, 11987654321, email@hospital.com; ID: 9', 'mulher, [TELEFONE], [EMAIL]; ID: [PACIENTE_ID]'],
]

const untouched: readonly string[] = [
  '31/02/2024 is not a day',
  'NCT01234567, ACTRN12612000038897, doi:10.1001/jama.2019.1234, 10.1016/j.cell.2024-03-15',
  'ratio 10/12, range 1998-2003, 95% CI 1.1-2.3, 1796/2004, dose 1/2/3 mg',
  'genotype DD 38.6, ID 57.1, II 87.4',
  'PIBS +47.60 Gy, rs1801133, EC 3.1.1.11, n = 12345, 3.75/7.5 MHz',
  'Parkinson, Crohn, Glasgow, Apgar, TP53, IL-6, HbA1c 9.2%, BP 130/85',
]

describe.each(profileNames)('profile %s', (profile) => {
  const anonymizer = new Anonymizer({ profile })

  test.each(documentedRows)('%s', (input, expected) => {
    expect(anonymizer.anonymize(input).text).toBe(expected)
  })
  test.each(untouched)('keeps: %s', (input) => {
    expect(anonymizer.anonymize(input).text).toBe(input)
  })
  test.each(documentedRows)('is idempotent: %s', (input) => {
    const once = anonymizer.anonymize(input).text
    expect(anonymizer.anonymize(once)).toMatchObject({ text: once, spans: [] })
  })
})

test('reports where and what, never the value', () => {
  const result = new Anonymizer().anonymize('ID: 12345')
  expect(result.spans).toEqual([
    { start: 4, end: 9, type: 'PACIENTE_ID', recognizer: 'PACIENTE_ID/bare-id', confidence: 'label' },
  ])
  expect(result.counts).toMatchObject({ PACIENTE_ID: 1, DATA: 0 })
})

const pubMedQa = testData('data/ori_pqal.json')

test.skipIf(pubMedQa === undefined)('PubMedQA: the 44 calendar dates and nothing else', () => {
  const articles: Record<string, { QUESTION: string; CONTEXTS: string[]; LONG_ANSWER: string }> = JSON.parse(
    readFileSync(pubMedQa ?? '', 'utf8'),
  )
  const anonymizer = new Anonymizer()
  const totals: Record<string, number> = {}
  for (const { QUESTION, CONTEXTS, LONG_ANSWER } of Object.values(articles)) {
    for (const text of [QUESTION, ...CONTEXTS, LONG_ANSWER]) {
      for (const { type } of anonymizer.anonymize(text).spans) totals[type] = (totals[type] ?? 0) + 1
    }
  }
  expect(totals).toEqual({ DATA: 44 })
})
