import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileWith, temporaryFolder } from './datasets.fixture.js'
import { datasetLayouts, formattedFileName, writeFormattedDataset } from './formatted-dataset.js'
import { formatQuestion, toInstructionExample } from './instruction-example.js'
import { loadFormattedDataset } from './load-formatted-dataset.js'

const folder = temporaryFolder()

const examples = [
  { instruction: 'Responda.', input: 'Contexto: "ação" 🫀\nPergunta: q?', output: 'a\\n\u2028' },
  { instruction: 'Responda.', input: '', output: '[|Contexto|]' },
  { instruction: '', input: 'x'.repeat(600_000), output: '{"messages": [' },
]

test('an example in the documented words', () => {
  expect(toInstructionExample({ context: 'c1 c2', terms: 'A, B', question: 'q?', answer: 'a' })).toEqual({
    instruction: 'Responda à pergunta baseando-se nos contextos fornecidos.',
    input: 'Contexto: c1 c2\nTermos técnicos: A, B\nPergunta: q?',
    output: 'a',
  })
  expect(formatQuestion({ context: 'c', question: 'q?' })).toBe('Contexto: c\nPergunta: q?')
})

describe.each(datasetLayouts)('%s', (layout) => {
  const file = path.join(folder, layout, formattedFileName(layout))

  test('what is written is loaded again', async () => {
    await writeFormattedDataset(file, () => examples, layout)
    expect(await loadFormattedDataset(file)).toEqual(examples)
  })

  test('with a byte order mark and Windows line ends', async () => {
    await writeFormattedDataset(file, () => examples, layout)
    const text = readFileSync(file, 'utf8').replaceAll('\n', '\r\n')
    expect(await loadFormattedDataset(fileWith(folder, `\uFEFF${text}`))).toEqual(examples)
  })

  test('an empty source gives a file that is refused on loading', async () => {
    await writeFormattedDataset(file, () => [], layout)
    await expect(loadFormattedDataset(file)).rejects.toMatchObject({ code: 'INVALID_DATASET' })
  })
})

test('the text of each layout', async () => {
  const two = examples.slice(0, 2)
  const text = async (layout: (typeof datasetLayouts)[number]): Promise<string> => {
    const file = path.join(folder, `text-${layout}`)
    await writeFormattedDataset(file, () => two, layout)
    return readFileSync(file, 'utf8')
  }
  const columns = {
    instruction: two.map((e) => e.instruction),
    input: two.map((e) => e.input),
    output: two.map((e) => e.output),
  }
  expect(await text('columns')).toBe(JSON.stringify(columns, null, 2))
  expect(await text('rows')).toBe(JSON.stringify(two, null, 2))
  expect(await text('jsonl')).toBe(two.map((e) => `${JSON.stringify(e)}\n`).join(''))
  expect(JSON.parse((await text('messages')).split('\n')[0] ?? '')).toEqual({
    messages: [
      { role: 'system', content: 'Responda.' },
      { role: 'user', content: examples[0]?.input },
      { role: 'assistant', content: examples[0]?.output },
    ],
  })
})

test('messages without a system turn have an empty instruction', async () => {
  const line = {
    messages: [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'a' },
    ],
  }
  const file = fileWith(folder, `${JSON.stringify(line)}\n\n`)
  expect(await loadFormattedDataset(file)).toEqual([{ instruction: '', input: 'q', output: 'a' }])
})

const row = { instruction: 'i', input: 'q', output: 'a' }

test.each([
  ['nothing', '', /./],
  ['text', 'hello', /must be a JSON list/],
  ['a mistyped field', [row, { ...row, output: 5 }], /row 2: output/],
  ['a missing field', [{ instruction: 'i', input: 'q' }], /row 1: output/],
  ['a row that is no object', [row, 'x'], /row 2/],
  ['the tuning file', [{ id: '1', input: 'x' }], /row 1: instruction.*prepare --all/],
  ['the raw dataset', { 21645374: { QUESTION: 'q' } }, /line 1/],
  ['columns of different length', { instruction: ['i'], input: ['q', 'r'], output: ['a'] }, /input 2/],
  ['a missing column', { instruction: ['i'], input: ['q'] }, /output 0/],
  [
    'a column that occurs twice',
    '{"instruction": ["i"], "input": ["q"], "input": ["r"], "output": ["a"]}',
    /once/,
  ],
  ['a mistyped cell', { instruction: ['i'], input: [null], output: ['a'] }, /row 1: input/],
  ['a cut line', `${JSON.stringify(row)}\n${JSON.stringify(row).slice(0, -3)}`, /line 2/],
  ['a cut list', JSON.stringify([row]).slice(0, -1), /truncated/],
  [
    'turns out of order',
    '{"messages": [{"role": "assistant", "content": "a"}, {"role": "user", "content": "q"}]}',
    /line 1/,
  ],
  ['turns that are no objects', '{"messages": [null, 5]}', /line 1/],
  [
    'content that is no text',
    '{"messages": [{"role": "user", "content": 1}, {"role": "assistant", "content": "a"}]}',
    /input/,
  ],
])('a training file with %s is refused', async (_, content, message) => {
  await expect(loadFormattedDataset(fileWith(folder, content))).rejects.toThrow(
    expect.objectContaining({ code: 'INVALID_DATASET', message: expect.stringMatching(message) }),
  )
})
