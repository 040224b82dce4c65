import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { loadTokenizer } from './load-tokenizer.js'

let folder: string
let json: string
let config: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tokenizer-mutation-'))
  const good = path.join(repositoryRoot, 'data/reference/tokenizers/sentencepiece')
  json = await readFile(path.join(good, 'tokenizer.json'), 'utf8')
  config = await readFile(path.join(good, 'tokenizer_config.json'), 'utf8')
})
afterAll(() => rm(folder, { recursive: true }))

async function expectRefused(tokenizerJson: string, tokenizerConfig: string, message: RegExp): Promise<void> {
  await writeFile(path.join(folder, 'tokenizer.json'), tokenizerJson)
  await writeFile(path.join(folder, 'tokenizer_config.json'), tokenizerConfig)
  const loading = loadTokenizer(folder)
  await expect(loading).rejects.toMatchObject({ code: 'INVALID_TOKENIZER' })
  await expect(loading).rejects.toThrow(message)
  await expect(loading).rejects.toThrow(/tokenizer.*: .*copy the tokenizer files of the model again/)
}

/** Sets a value deep in a JSON text; `undefined` removes it. */
function changed(text: string, keys: (string | number)[], value: unknown): string {
  const root = JSON.parse(text)
  let owner = root
  for (const key of keys.slice(0, -1)) owner = owner[key]
  const last = keys.at(-1) as string
  if (value === undefined) delete owner[last]
  else owner[last] = value
  return JSON.stringify(root)
}

test('the unchanged files load', async () => {
  await writeFile(path.join(folder, 'tokenizer.json'), json)
  await writeFile(path.join(folder, 'tokenizer_config.json'), config)
  expect((await loadTokenizer(folder)).vocabSize).toBeGreaterThan(300)
})

describe('a damaged tokenizer.json is refused:', () => {
  const cases: [string, (string | number)[], unknown, RegExp][] = [
    ['no model', ['model'], undefined, /model must be an object/],
    ['model is a list', ['model'], [], /model must be an object/],
    ['model of another type', ['model', 'type'], 'Unigram', /model\.type must be BPE/],
    ['model without type', ['model', 'type'], undefined, /model\.type must be BPE/],
    ['no vocabulary', ['model', 'vocab'], undefined, /model\.vocab must be an object/],
    ['an empty vocabulary', ['model', 'vocab'], {}, /it is empty/],
    ['a vocabulary list', ['model', 'vocab'], ['a'], /model\.vocab must be an object/],
    ['an id that is text', ['model', 'vocab', 'a'], '7', /every id/],
    ['a negative id', ['model', 'vocab', 'a'], -1, /every id/],
    ['a fractional id', ['model', 'vocab', 'a'], 1.5, /every id/],
    ['an enormous id', ['model', 'vocab', 'a'], 2 ** 40, /every id/],
    ['an id that is there twice', ['model', 'vocab', 'a'], 5, /is there twice/],
    ['an id far from the others', ['model', 'vocab', 'a'], 900_000, /must be dense/],
    ['no merges', ['model', 'merges'], undefined, /merges must be a list/],
    ['merges that are text', ['model', 'merges'], 'a b', /merges must be a list/],
    ['a merge of one token', ['model', 'merges', 3], ['a'], /merge 3 must be two tokens/],
    ['a merge of three tokens', ['model', 'merges', 3], ['a', 'b', 'c'], /merge 3 must be two tokens/],
    ['a merge of numbers', ['model', 'merges', 3], [1, 2], /merge 3 must be two tokens/],
    ['a merge in another form', ['model', 'merges', 3], 'a b', /form of the first merge/],
    ['a merge of unknown tokens', ['model', 'merges', 3], ['zq', 'qz'], /merge 3 must join/],
    ['a merge into an unknown token', ['model', 'merges', 3], ['z', 'q'], /merge 3 must join/],
    ['an unknown unk_token', ['model', 'unk_token'], '<none>', /unk_token must be/],
    ['byte_fallback that is text', ['model', 'byte_fallback'], 'yes', /byte_fallback must be true or false/],
    ['a subword prefix', ['model', 'continuing_subword_prefix'], '##', /continuing_subword_prefix must be/],
    ['dropout', ['model', 'dropout'], 0.1, /dropout must be absent/],
    ['no added_tokens', ['added_tokens'], undefined, /added_tokens must be a list/],
    ['an added token without text', ['added_tokens', 1, 'content'], undefined, /added_tokens\[1\]\.content/],
    ['an added token without id', ['added_tokens', 1, 'id'], null, /added_tokens\[1\]\.id/],
    ['an added token without flag', ['added_tokens', 1, 'special'], undefined, /added_tokens\[1\]\.special/],
    ['an added token with a taken id', ['added_tokens', 1, 'id'], 40, /the id that the vocabulary gives it/],
    ['an added token twice', ['added_tokens', 1, 'content'], '<unk>', /added_tokens\[1\] must/],
    ['no normalizer', ['normalizer'], undefined, /normalizer must be there/],
    [
      'an unknown normalizer',
      ['normalizer', 'type'],
      'Upper',
      /normalizer must be null or one of .*got "Upper"/,
    ],
    [
      'a normalizer without parts',
      ['normalizer', 'normalizers'],
      undefined,
      /Sequence\.normalizers must be a list/,
    ],
    [
      'a prepend without text',
      ['normalizer', 'normalizers', 0, 'prepend'],
      3,
      /Prepend\.prepend must be text/,
    ],
    [
      'a replace without pattern',
      ['normalizer', 'normalizers', 1, 'pattern'],
      {},
      /Replace\.pattern must be/,
    ],
    ['an invalid regular expression', ['normalizer', 'normalizers', 1, 'pattern'], { Regex: '(' }, /cannot/],
    ['a normalizer null inside', ['normalizer', 'normalizers', 1], null, /normalizer must be/],
    ['an unknown pre-tokenizer', ['pre_tokenizer'], { type: 'constructor' }, /pre_tokenizer must be/],
    [
      'a pre-tokenizer that merges',
      ['pre_tokenizer'],
      { type: 'Split', pattern: { String: '-' }, behavior: 'MergedWithNext', invert: false },
      /behavior must be Isolated or Removed/,
    ],
    ['a decoder that is text', ['decoder'], 'ByteLevel', /decoder must be/],
    ['a strip without count', ['decoder', 'decoders', 3, 'start'], -1, /Strip\.start must be/],
    ['a template without items', ['post_processor', 'single'], 'A', /TemplateProcessing\.single must be/],
    [
      'a template of an unknown token',
      ['post_processor', 'single', 0, 'SpecialToken', 'id'],
      '<bos>',
      /inserts a token/,
    ],
    ['a template item of nothing', ['post_processor', 'single', 1], {}, /TemplateProcessing\.single must be/],
  ]
  test.each(cases)('%s', async (_, keys, value, message) => {
    await expectRefused(changed(json, keys, value), config, message)
  })

  test('cut anywhere', async () => {
    for (let part = 0; part < 40; part++) {
      await expectRefused(json.slice(0, Math.floor((json.length * part) / 40)), config, /must be JSON/)
    }
  })

  test.each(['null', '[]', '3', '"text"'])('%s', (text) =>
    expectRefused(text, config, /must be a JSON object/),
  )
})

describe('a damaged tokenizer_config.json is refused:', () => {
  const cases: [string, string, unknown, RegExp][] = [
    ['a BOS that is a number', 'bos_token', 1, /bos_token must be/],
    ['an EOS without content', 'eos_token', { special: true }, /eos_token must be/],
    ['an empty pad token', 'pad_token', '', /pad_token must be/],
    [
      'an EOS out of the vocabulary',
      'eos_token',
      '<end>',
      /eos_token of tokenizer_config\.json must be in the vocabulary/,
    ],
    ['add_bos_token that is text', 'add_bos_token', 'true', /add_bos_token must be/],
    ['add_eos_token that is a number', 'add_eos_token', 1, /add_eos_token must be/],
    ['a template that is a number', 'chat_template', 3, /chat_template must be/],
    ['a template list of text', 'chat_template', ['x'], /chat_template must be/],
    ['a template without name', 'chat_template', [{ template: 'x' }], /chat_template must be/],
    ['a template that is no Jinja', 'chat_template', '{% for x in %}{{', /valid Jinja/],
    ['a template that never closes', 'chat_template', '{% if true %}', /valid Jinja/],
  ]
  test.each(cases)('%s', (_, key, value, message) =>
    expectRefused(json, changed(config, [key], value), message),
  )

  test('cut', async () => {
    for (const length of [0, 1, 20, config.length - 3])
      await expectRefused(json, config.slice(0, length), /must be JSON/)
  })
})

test('a folder without tokenizer.json says so', async () => {
  await expect(loadTokenizer(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
})
