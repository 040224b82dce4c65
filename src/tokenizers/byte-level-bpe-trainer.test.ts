import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { byteCharacters, splitIntoWords } from './byte-level-alphabet.js'
import { type ByteLevelBpeOptions, trainByteLevelBpe } from './byte-level-bpe-trainer.js'
import { loadTokenizer } from './load-tokenizer.js'

const texts = ['low lower lowest', 'new newer newest', 'aaaa aaaa', 'ação ação ação']
const options: ByteLevelBpeOptions = {
  vocabSize: 280,
  specialTokens: ['<s>', '</s>'],
  bosToken: '<s>',
  eosToken: '</s>',
  addBos: true,
}
const merges = (json: Readonly<Record<string, unknown>>): string[][] =>
  (json.model as { merges: string[][] }).merges

test('the alphabet has one visible character per byte', () => {
  expect(new Set(byteCharacters).size).toBe(256)
  expect(byteCharacters[0x20]).toBe('Ġ')
  expect(byteCharacters[0x0a]).toBe('Ċ')
  expect(byteCharacters[0x41]).toBe('A')
})

test('words keep the space before them and nothing is lost', () => {
  expect(splitIntoWords("It's 42  mg.\n")).toEqual(['It', "'s", ' 42', ' ', ' mg', '.', '\n'])
})

test('joins the most frequent pair first and stops when pairs run out', () => {
  const { tokenizerJson } = trainByteLevelBpe(['ab ab ab abc'], { vocabSize: 1000, specialTokens: [] })
  expect(merges(tokenizerJson)).toEqual([
    ['a', 'b'],
    ['Ġ', 'ab'],
  ])
})

test('the same texts give the same file', () => {
  expect(trainByteLevelBpe(texts, options)).toEqual(trainByteLevelBpe(texts, options))
})

test('what it makes loads, adds BOS and gives every text back', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'bpe-'))
  const { tokenizerJson, tokenizerConfig } = trainByteLevelBpe(texts, options)
  await writeFile(path.join(folder, 'tokenizer.json'), JSON.stringify(tokenizerJson))
  await writeFile(path.join(folder, 'tokenizer_config.json'), JSON.stringify(tokenizerConfig))
  const tokenizer = await loadTokenizer(folder)
  expect(tokenizer).toMatchObject({ bosTokenId: 0, eosTokenId: 1, addsBos: true })
  for (const text of [...texts, 'unseen: ζ 漢 🙂\t\n']) {
    expect(tokenizer.decode(tokenizer.encode(text), { skipSpecialTokens: true })).toBe(text)
  }
  expect(tokenizer.encode('aaaa ação').length).toBeLessThan(8)
  await rm(folder, { recursive: true })
})

test.each([
  ['a vocabulary without room for the bytes', { ...options, vocabSize: 257 }, /vocabSize must be/],
  ['a fractional vocabulary', { ...options, vocabSize: 300.5 }, /vocabSize must be/],
  ['a special token twice', { ...options, specialTokens: ['<s>', '</s>', '<s>'] }, /must be distinct/],
  ['a special token that is a byte', { ...options, specialTokens: ['<s>', '</s>', 'a'] }, /longer than one/],
  ['a BOS that is not special', { ...options, bosToken: '<bos>' }, /contain bosToken/],
  ['BOS to add but none named', { vocabSize: 300, specialTokens: [], addBos: true }, /addBos needs/],
])('refuses %s', (_, wrong, message) => {
  expect(() => trainByteLevelBpe(texts, wrong)).toThrow(message)
})
