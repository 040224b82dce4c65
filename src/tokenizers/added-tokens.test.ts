import { expect, test } from 'vitest'
import { encodeAround } from './added-tokens.js'
import type { AddedToken } from './tokenizer-json.js'

let nextId = 0
const token = (content: string, options: Partial<AddedToken> = {}): AddedToken => ({
  ...{ id: nextId++, content, special: false, normalized: false },
  ...{ lstrip: false, rstrip: false, single_word: false, ...options },
})

/** Pieces of a text: words are in brackets, so that they differ from tokens. */
const encode = (text: string, tokens: AddedToken[], normalizer: ((text: string) => string) | null = null) =>
  encodeAround(
    { normalizer, pre_tokenizer: null, model: (words) => words.map((word) => `[${word}]`) },
    tokens,
  )(text)

test.each([
  ['the longest of those that begin first', 'a!!!!b', [token('!!'), token('!!!')], ['[a]', '!!!', '[!b]']],
  ['blanks behind it', 'a <x> \u0085\ufeffb', [token('<x>', { rstrip: true })], ['[a ]', '<x>', '[\ufeffb]']],
  [
    'blanks before it, but not those of the one before',
    '<x> <x>',
    [token('<x>', { lstrip: true, rstrip: true })],
    ['<x>', '<x>'],
  ],
  [
    'words of its own only',
    'can a can’t éa a',
    [token('a', { single_word: true })],
    ['[can ]', 'a', '[ can’t éa ]', 'a'],
  ],
  ['nothing but tokens', '<x><x>', [token('<x>')], ['<x>', '<x>']],
  ['no tokens', 'abc', [], ['[abc]']],
  ['an empty text', '', [token('<x>')], []],
])('%s', (_name, text, tokens, expected) => {
  expect(encode(text, tokens)).toEqual(expected)
})

test('a token is looked for in the text as it is, unless it is to be normalized', () => {
  const lower = (text: string) => text.toLowerCase()
  expect(encode('An X an x', [token('x')], lower)).toEqual(['[an x an ]', 'x'])
  expect(encode('An X an x', [token('X', { normalized: true })], lower)).toEqual([
    '[an ]',
    'X',
    '[ an ]',
    'X',
  ])
})

test('only what a text begins with is its first section', () => {
  const sections: number[] = []
  const encodeSections = encodeAround(
    {
      normalizer: null,
      pre_tokenizer: (text, { section_index }) => {
        sections.push(section_index)
        return [text]
      },
      model: (words) => words,
    },
    [token('<x>')],
  )
  encodeSections('a<x>b')
  encodeSections('<x>b')
  expect(sections).toEqual([0, 1, 1])
  expect(encodeSections(null)).toBeNull()
})
