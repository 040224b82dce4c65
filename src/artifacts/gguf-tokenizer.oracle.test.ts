import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createCausalLM } from '../models/create-causal-lm.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import { tinyConfig } from '../models/tiny-config.fixture.js'
import { Random } from '../tensors/random.js'
import { llamaCppPython, repositoryRoot, testData } from '../test-data.fixture.js'
import { byteCharacters } from '../tokenizers/byte-level-alphabet.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { exportGguf } from './export-gguf.js'
import { tokenizeWithLlamaCpp } from './llama-cpp.fixture.js'

const folder = mkdtempSync(path.join(tmpdir(), 'medtune-gguf-tokenizer-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const reference = path.join(repositoryRoot, 'data/reference/tokenizers')
const byteLevel = path.join(reference, 'byte-level')
const sentencePiece = path.join(reference, 'sentencepiece')
const phi3 = testData('tokenizers/phi-3-mini')
const stories = testData('models/stories260K')

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const rest = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
const llama3 = String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|${rest}`
const qwen2 = String.raw`${contractions}|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|${rest}`

const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`
const tekken = String.raw`[^\r\n\p{L}\p{N}]?${upper}*${lower}+|[^\r\n\p{L}\p{N}]?${upper}+${lower}*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`

function split(pattern: string): unknown {
  const words = { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false }
  return { type: 'Sequence', pretokenizers: [words, { ...bytes, use_regex: false }] }
}

const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
const digits = {
  type: 'Sequence',
  pretokenizers: [{ type: 'Digits', individual_digits: true }, bytes],
}

const pieces = [
  ...[
    'the',
    'patient',
    ' treatment',
    'Is',
    ' HYPERTENSION',
    "don't",
    "WE'LL",
    "'s",
    'eficaz',
    'não',
    'pressão',
  ],
  ...['é', 'ß', 'İ', 'Ж', '漢字', 'かな', 'العربية', '🙂', '👩‍⚕️', '½', '٣', 'ⅷ', '²'],
  ...[' ', '  ', '   ', '\t', '\n', '\n\n', '\r\n', ' \n', '\u00a0', '\u3000'],
  ...[
    '7',
    '42',
    '123',
    '1234',
    '12345678',
    '3.14',
    '(',
    ')',
    '...',
    '!?',
    '--',
    '<',
    '>',
    '/',
    '"',
    '“',
    '_',
    '#',
  ],
]
const marked = ['<s>', '</s>', '<pad>', '<|im_start|>', '<tool_call>', '<|user|>', '<|end|>', '<|endoftext|>']

function randomTexts(seed: number, from: readonly string[]): string[] {
  const random = new Random(seed)
  const piece = (): string => from[random.integer(from.length)] ?? ''
  return [
    '',
    ' ',
    ...Array.from({ length: 150 }, () => Array.from({ length: 1 + random.integer(9) }, piece).join('')),
  ]
}

const plainToken = { single_word: false, lstrip: false, rstrip: false, normalized: false }

/**
 * A byte-level tokenizer whose merges come from whole texts, across the borders that pre-tokenizers draw: wherever one
 * is drawn in another place, ids differ.
 */
function byteLevelWith(preTokenizer: unknown, changes: Readonly<Record<string, unknown>> = {}): string {
  const texts = randomTexts(11, pieces).map((text) =>
    [...Buffer.from(text)].map((byte) => byteCharacters[byte] ?? ''),
  )
  const tokens = ['<s>', '</s>', '<pad>', ...byteCharacters]
  const merges: [string, string][] = []
  while (merges.length < 400) {
    const [left, right] = mostFrequentPair(texts)
    merges.push([left, right])
    if (!tokens.includes(left + right)) tokens.push(left + right)
    for (const text of texts) join(text, left, right)
  }
  const token = (content: string, id: number, special: boolean) => ({ ...plainToken, id, content, special })
  const { normalizer = null, ...model } = changes
  const reference = JSON.parse(readFileSync(path.join(byteLevel, 'tokenizer.json'), 'utf8'))
  const json = {
    ...reference,
    ...{ normalizer, pre_tokenizer: preTokenizer },
    model: {
      ...{ ...reference.model, ...model, merges },
      vocab: Object.fromEntries(tokens.map((content, id) => [content, id])),
    },
    added_tokens: [
      ...['<s>', '</s>', '<pad>'].map((content, id) => token(content, id, true)),
      token('<|im_start|>', tokens.length, true),
      token('<tool_call>', tokens.length + 1, false),
    ],
  }
  const directory = mkdtempSync(path.join(folder, 'bytes-'))
  writeFileSync(path.join(directory, 'tokenizer.json'), JSON.stringify(json))
  copyFileSync(path.join(byteLevel, 'tokenizer_config.json'), path.join(directory, 'tokenizer_config.json'))
  return directory
}

function mostFrequentPair(texts: readonly (readonly string[])[]): [string, string] {
  const counts = new Map<string, number>()
  for (const text of texts) {
    for (let i = 1; i < text.length; i++) {
      const pair = `${text[i - 1]} ${text[i]}`
      counts.set(pair, (counts.get(pair) ?? 0) + 1)
    }
  }
  const [best = ''] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))
  return best.split(' ') as [string, string]
}

function join(text: string[], left: string, right: string): void {
  for (let i = 1; i < text.length; i++) {
    if (text[i - 1] === left && text[i] === right) text.splice(i - 1, 2, left + right)
  }
}

/** The SentencePiece-style tokenizer of the reference without a space before texts, as Gemma's. */
function withoutPrefix(): string {
  const directory = mkdtempSync(path.join(folder, 'pieces-'))
  const json = JSON.parse(readFileSync(path.join(sentencePiece, 'tokenizer.json'), 'utf8'))
  json.normalizer = { type: 'Replace', pattern: { String: ' ' }, content: '▁' }
  const behavior = 'MergedWithPrevious'
  json.pre_tokenizer = { type: 'Split', pattern: { String: ' ' }, behavior, invert: false }
  writeFileSync(path.join(directory, 'tokenizer.json'), JSON.stringify(json))
  copyFileSync(
    path.join(sentencePiece, 'tokenizer_config.json'),
    path.join(directory, 'tokenizer_config.json'),
  )
  return directory
}

/** Folder of each tokenizer, and what llama.cpp must be told of it. */
const tokenizers: readonly (readonly [name: string, pre: string, folder: () => string])[] = [
  ['GPT-2', 'gpt-2', () => byteLevelWith(bytes)],
  ['digits apart', 'smollm', () => byteLevelWith(digits)],
  ['Llama 3', 'llama-bpe', () => byteLevelWith(split(llama3), { ignore_merges: true })],
  ['Llama 3 with merges only', 'smaug-bpe', () => byteLevelWith(split(llama3))],
  ['Qwen 2', 'qwen2', () => byteLevelWith(split(qwen2), { normalizer: { type: 'NFC' } })],
  ['Tekken', 'tekken', () => byteLevelWith(split(tekken), { ignore_merges: true })],
  ['SentencePiece', 'default', () => sentencePiece],
  ['SentencePiece without prefix', 'default', withoutPrefix],
  ...(stories === undefined ? [] : [['stories260K', 'default', () => stories] as const]),
  ...(phi3 === undefined ? [] : [['Phi-3', 'default', () => phi3] as const]),
]

async function modelWith(from: string, name: string): Promise<string> {
  const directory = path.join(folder, `model of ${name}`)
  const { vocabSize } = await loadTokenizer(from)
  const config = { ...tinyConfig, attention_bias: false, mlp_bias: false, vocab_size: vocabSize + 5 }
  const model = await createCausalLM(config, { seed: 1, backend: 'cpu' })
  await saveCausalLM(model, directory)
  model.dispose()
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    copyFileSync(path.join(from, file), path.join(directory, file))
  return directory
}

/**
 * What llama.cpp is known to see otherwise, or we: it composes nothing (NFC) and takes only ASCII whitespace away behind
 * Phi-3's tokens; we take only ASCII digits apart.
 */
function asBothRead(name: string, text: string): string {
  if (name === 'Phi-3') return text.replace(/[\u00a0\u3000]/g, ' ')
  if (name === 'digits apart') return text.replace(/[½٣ⅷ²]/g, '5')
  return text.normalize('NFC')
}

test.skipIf(llamaCppPython === undefined)(
  'llama.cpp gives random texts our ids',
  async () => {
    const jobs: { model: string; texts: string[] }[] = []
    const expected: { ids: number[][]; bos: number; eos: number; pre: string; template: string }[] = []
    for (const [name, pre, place] of tokenizers) {
      const from = place()
      const base = await modelWith(from, name)
      const model = path.join(base, 'model.gguf')
      await exportGguf({ base, file: model })
      const tokenizer = await loadTokenizer(from)
      const texts = randomTexts(7, [...pieces, ...marked]).map((text) => asBothRead(name, text))
      jobs.push({ model, texts })
      const { chat_template: template } = JSON.parse(
        readFileSync(path.join(from, 'tokenizer_config.json'), 'utf8'),
      )
      const { bosTokenId: bos = -1, eosTokenId: eos = -1 } = tokenizer
      expected.push({ ids: texts.map((text) => tokenizer.encode(text)), bos, eos, pre, template })
    }
    const answers = tokenizeWithLlamaCpp(jobs)
    for (const [i, { ids, bos, eos, metadata }] of answers.entries()) {
      const name = tokenizers[i]?.[0]
      const pre = metadata['tokenizer.ggml.pre']
      const template = metadata['tokenizer.chat_template']
      const differing = ids.flatMap((row, at) => (`${row}` === `${expected[i]?.ids[at]}` ? [] : [at]))
      expect({ name, differing }).toEqual({ name, differing: [] })
      expect({ name, ids, bos, eos, pre, template }).toEqual({ name, ...expected[i] })
    }
    expect(answers.length).toBe(tokenizers.length)
  },
  60_000,
)

test.each([
  ['an unknown pattern', () => byteLevelWith(split('[a-z]+|.')), /no name for the pattern \[a-z\]\+\|\./],
  [
    'ignore_merges where llama.cpp merges',
    () => byteLevelWith(split(qwen2), { ignore_merges: true }),
    /with ignore_merges/,
  ],
  [
    'a normalizer',
    () => byteLevelWith(bytes, { normalizer: { type: 'Lowercase' } }),
    /no normalizer Lowercase/,
  ],
])('%s is refused by name', async (name, place, message) => {
  const base = await modelWith(place(), name)
  await expect(exportGguf({ base, file: path.join(folder, 'refused.gguf') })).rejects.toThrow(message)
})
