import { describe, expect, test } from 'vitest'
import { type JsonEntry, JsonSplitter, parseEntry } from './json-splitter.js'

function split(text: string | Buffer, chunkBytes: number, depth: 1 | 2 = 1): JsonEntry[] {
  const bytes = Buffer.from(text)
  const splitter = new JsonSplitter({ subject: 'file', depth })
  const entries: JsonEntry[] = []
  for (let i = 0; i < bytes.length; i += chunkBytes)
    entries.push(...splitter.push(bytes.subarray(i, i + chunkBytes)))
  splitter.end()
  return entries
}

const values = {
  plain: 'text',
  escapes: 'quote " backslash \\ both \\" newline \n unit \u0001 end \\',
  unicode: 'ação Δψm 🫀 \u2028',
  brackets: '}{][ "}" {"a":[',
  'key "with" \\ escapes': { nested: [1, -2.5e-7, true, null, { deep: ['}', ']'] }] },
  empty: '',
  number: 12,
  flag: false,
  nothing: null,
  list: [],
  object: {},
}

describe.each([1, 2, 3, 7, 64, 4096])('in chunks of %i bytes', (chunkBytes) => {
  test.each([
    ['pretty', JSON.stringify(values, null, 2)],
    ['compact', JSON.stringify(values)],
    ['with a byte order mark and blanks', `\uFEFF \r\n\t${JSON.stringify(values, null, 4)}\n \n`],
    [
      'with everything escaped',
      JSON.stringify(values).replace(
        /[^\0-~]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
    ],
  ])('an object, %s', (_, text) => {
    const entries = split(text, chunkBytes)
    expect(Object.fromEntries(entries.map(({ path, bytes }) => [path[0], parseEntry(bytes)]))).toEqual(values)
  })

  test('a list, with byte positions', () => {
    const list = Object.values(values)
    const text = Buffer.from(JSON.stringify(list, null, 1))
    const entries = split(text, chunkBytes)
    expect(entries.map(({ bytes }) => parseEntry(bytes))).toEqual(list)
    expect(entries.map(({ path }) => path)).toEqual(list.map((_, i) => [i]))
    for (const { offset, bytes } of entries)
      expect(text.subarray(offset, offset + bytes.length).equals(bytes)).toBe(true)
  })

  test('columns at depth 2', () => {
    const entries = split('{"a": ["x", ["y"]], "b": [], "c": {"d": 1}, "e": 5}', chunkBytes, 2)
    expect(entries.map(({ path, bytes }) => [path, parseEntry(bytes)])).toEqual([
      [['a', 0], 'x'],
      [['a', 1], ['y']],
      [['c', 'd'], 1],
      [['e'], 5],
    ])
  })

  test.each([
    ['nothing', '', 0],
    ['blanks only', ' \n', 2],
    ['text', 'once upon a time', 0],
    ['a bare text', '"x"', 0],
    ['a cut string', '{"a": "b', 8],
    ['a cut escape', '{"a": "b\\', 9],
    ['a cut list', '["a", "b"', 9],
    ['a cut record', '{"a": {"b": [1, 2', 17],
    ['a missing comma', '["a" "b"]', 5],
    ['a trailing comma in a list', '["a",]', 5],
    ['a trailing comma in an object', '{"a": 1,}', 8],
    ['a missing colon', '{"a" 1}', 5],
    ['a missing value', '{"a": , "b": 1}', 6],
    ['a key without quotes', '{a: 1}', 1],
    ['a bracket that does not match', '{"a": {"b": [1}}', 14],
    ['the wrong closing bracket', '["a"}', 4],
    ['text behind the end', '[1] 2', 4],
    ['two documents', '{}{}', 2],
    ['UTF-16', Buffer.from('\uFEFF{"a": 1}', 'utf16le'), 0],
  ])('%s is refused with its byte position', (_, text, position) => {
    expect(() => split(text, chunkBytes)).toThrow(
      expect.objectContaining({
        code: 'INVALID_DATASET',
        message: expect.stringContaining(`at byte ${position}`),
      }),
    )
  })
})

test('a bomb of brackets is refused', () => {
  expect(() => split(`[${'['.repeat(100_000)}`, 4096)).toThrow(/nest/)
})

test('a record that never ends does not fill the memory', () => {
  const splitter = new JsonSplitter({ subject: 'file' })
  splitter.push(Buffer.from('{"a": "'))
  const chunk = Buffer.alloc(1024 * 1024, 0x78)
  expect(() => {
    for (let i = 0; i < 64; i++) splitter.push(chunk)
  }).toThrow(/smaller than/)
})

test('what is not UTF-8 or not JSON parses to undefined', () => {
  expect(parseEntry(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toBeUndefined()
  expect(parseEntry(Buffer.from('{"a": tru}'))).toBeUndefined()
  expect(parseEntry(Buffer.from('NaN'))).toBeUndefined()
})
