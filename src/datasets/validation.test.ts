import { expect, test } from 'vitest'
import { fileWith, temporaryFolder } from './datasets.fixture.js'
import { formatTuningInput } from './tuning-record.js'
import { validateTuningEntries, validateTuningFile } from './validation.js'

const folder = temporaryFolder()
const input = formatTuningInput({ context: 'c', question: 'q', answer: '🫀' })

test('figures of good entries; lengths in characters, not code units', async () => {
  const longer = formatTuningInput({ context: 'c', question: 'q', answer: '12345' })
  const report = await validateTuningEntries([
    { id: '1', input },
    { id: '2', input: longer },
  ])
  const length = [...input].length
  expect(report).toEqual({
    ...{ total: 2, valid: 2, validShare: 1 },
    ...{ withId: 2, withInput: 2, withContext: 2, withQuestion: 2, withAnswer: 2 },
    length: { min: length, mean: length + 2, max: length + 4 },
    ...{ duplicateIds: 0, emptyInputs: 0, errorCount: 0, firstErrors: [] },
  })
})

test.each([
  ['no id', { input }, 'id'],
  ['an id that is a number', { id: 5, input }, 'id'],
  ['a blank id', { id: ' ', input }, 'id'],
  ['no context', { id: '1', input: input.replace('[|Contexto|]', '') }, 'context'],
  [
    'a blank question',
    { id: '1', input: formatTuningInput({ context: 'c', question: ' ', answer: 'a' }) },
    'question',
  ],
  ['an open answer', { id: '1', input: input.replace('[|eResposta|]', '') }, 'answer'],
  ['text behind the end', { id: '1', input: `${input}.` }, 'format'],
  ['no object', 'text', 'format'],
  ['not JSON', undefined, 'format'],
])('%s', async (_, entry, field) => {
  const report = await validateTuningEntries([entry])
  expect([report.valid, report.errorCount, report.firstErrors.map((error) => error.field)]).toEqual([
    0,
    1,
    [field],
  ])
})

test('duplicates, empties, and the first ten errors of many', async () => {
  const entries = [
    { id: '1', input },
    { id: '1', input },
    { id: '2', input: '' },
    ...Array(20).fill({ id: '3' }),
  ]
  const report = await validateTuningEntries(entries)
  expect(report).toMatchObject({ total: 23, valid: 1, duplicateIds: 20, emptyInputs: 1 })
  expect(report.firstErrors.length).toBe(10)
  expect(report.errorCount).toBeGreaterThan(80)
  expect(report.firstErrors[0]).toEqual({ position: 2, id: '1', field: 'id', rule: 'must be unique' })
})

test('a file, and an empty one', async () => {
  expect((await validateTuningFile(fileWith(folder, [{ id: '1', input }]))).validShare).toBe(1)
  expect(await validateTuningFile(fileWith(folder, []))).toMatchObject({ total: 0, validShare: 0 })
  await expect(validateTuningFile(fileWith(folder, '[{"id": "1"'))).rejects.toMatchObject({
    code: 'INVALID_DATASET',
  })
})
