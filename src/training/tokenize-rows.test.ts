import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { tokenizeRows } from './tokenize-rows.js'
import type { TrainingRow } from './training-row.js'

const args = { maxLength: 64, appendEos: true, completionOnlyLoss: undefined, assistantOnlyLoss: false }
const [bos, eos] = [0, 1]
let tokenizer: Tokenizer
beforeAll(async () => {
  tokenizer = await loadTokenizer(path.join(repositoryRoot, 'data/reference/tokenizers/byte-level'))
})

const tokenize = (
  rows: TrainingRow[],
  changes: Partial<typeof args> | { completionOnlyLoss: boolean } = {},
) => tokenizeRows(rows, tokenizer, { ...args, ...changes })

describe('text rows', () => {
  test('begin with BOS once and end with EOS once, whatever the text says itself', () => {
    for (const text of ['Blood pressure.', '<s>Blood pressure.', 'Blood pressure.</s>']) {
      const [row] = tokenize([{ text }]).examples
      expect(row?.inputIds.filter((id) => id === bos)).toEqual([bos])
      expect(row?.inputIds.filter((id) => id === eos)).toEqual([eos])
      expect([row?.inputIds[0], row?.inputIds.at(-1)]).toEqual([bos, eos])
      expect(row?.labels).toEqual(row?.inputIds)
    }
  })

  test('get no EOS where it is not wanted', () => {
    expect(tokenize([{ text: 'Blood' }], { appendEos: false }).examples[0]?.inputIds).not.toContain(eos)
  })

  test('lose their end when too long, counted and told', () => {
    const { examples, warnings } = tokenize([{ text: 'x y '.repeat(100) }, { text: 'x' }])
    expect(examples[0]?.inputIds).toHaveLength(64)
    expect(examples[0]?.inputIds).not.toContain(eos)
    expect(warnings).toEqual([expect.stringMatching(/^1 of 2 rows are longer than 64 tokens/)])
  })
})

test('rows for evaluation are called so', () => {
  const { warnings } = tokenizeRows([{ text: 'x y '.repeat(100) }], tokenizer, args, 'evalDataset')
  expect(warnings).toEqual([expect.stringMatching(/^1 of 1 evaluation rows are longer than 64 tokens/)])
  expect(() => tokenizeRows([], tokenizer, args, 'evalDataset')).toThrow(
    'evalDataset must hold at least one row',
  )
})

describe('prompt and completion', () => {
  const row = { prompt: 'Question: pain?\nAnswer:\n', completion: 'Yes.' }

  test('the loss is on the completion and EOS', () => {
    const [example] = tokenize([row]).examples
    const learned = example?.inputIds.filter((_, i) => example.labels[i] !== -100) ?? []
    expect(tokenizer.decode(learned)).toBe('Yes.</s>')
    expect(example?.labels.slice(-learned.length)).toEqual(learned)
  })

  test('or on everything', () => {
    const [example] = tokenize([row], { completionOnlyLoss: false }).examples
    expect(example?.labels).toEqual(example?.inputIds)
  })

  test('a token across the boundary is learned, and told', () => {
    // "th" + "e" join to one token, which no prefix of the ids ends before.
    const { examples, warnings } = tokenize([{ prompt: 'In th', completion: 'e end' }])
    const [example] = examples
    const learned = example?.inputIds.filter((_, i) => example.labels[i] !== -100) ?? []
    expect(tokenizer.decode(learned)).toMatch(/the end<\/s>$/)
    expect(warnings).toEqual([expect.stringMatching(/^1 of 1 prompts/)])
  })

  test('a completion that was cut off is an error, not a silent nothing', () => {
    const canary = 'CANARY-4711 '
    const cut = () => tokenize([row, { prompt: canary.repeat(40), completion: canary }])
    expect(cut).toThrow(
      expect.objectContaining({ code: 'TRAINING_FAILED', message: expect.stringMatching(/1 of 2 .* row 2/) }),
    )
    expect(cut).not.toThrow(/CANARY/)
  })
})

describe('token rows', () => {
  test('need no tokenizer; labels default to the ids', () => {
    expect(tokenizeRows([{ inputIds: [1, 2] }], undefined, args).examples).toEqual([
      { inputIds: [1, 2], labels: [1, 2] },
    ])
  })

  test.each([
    [[], 'at least one row'],
    [[{ inputIds: [1, 2], labels: [1] }], 'row 1: labels must be as long as inputIds (2); got 1'],
    [[{ text: 'a' }], 'row 1 is text and needs a tokenizer'],
    [
      [{ inputIds: [1, 2] }, { inputIds: [1, 2], labels: [-100, -100] }],
      '1 of 2 have none (the first is row 2)',
    ],
    [[{ inputIds: [7] }], '1 of 1 have none'],
  ] as [TrainingRow[], string][])('%o are refused', (rows, message) => {
    expect(() => tokenizeRows(rows, undefined, args)).toThrow(message)
  })
})
