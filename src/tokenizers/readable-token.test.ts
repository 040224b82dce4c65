import path from 'node:path'
import { expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { loadTokenizer } from './load-tokenizer.js'
import { readableToken } from './readable-token.js'

const load = (kind: string) => loadTokenizer(path.join(repositoryRoot, 'data/reference/tokenizers', kind))

test.each(['byte-level', 'sentencepiece'])(
  'the tokens of a text, one after another, are the text: %s',
  async (kind) => {
    const tokenizer = await load(kind)
    const ids = tokenizer.encode('The dose was 7 mg.\n\tÉ', { addSpecialTokens: false })
    const read = ids.map((id) => readableToken(tokenizer, id)).join('')
    expect(read.replace(/^·/, '')).toMatch(/^The·dose·was·7·mg\.↵⇥(É|<0xC3><0x89>)$/)
  },
)

test('special tokens are themselves; what is no token has its number', async () => {
  const tokenizer = await load('byte-level')
  expect(readableToken(tokenizer, tokenizer.eosTokenId ?? -1)).toBe('</s>')
  expect(readableToken(tokenizer, 10 ** 6)).toBe('<1000000>')
})

test('nothing that a terminal would obey comes through', async () => {
  const tokenizer = await load('byte-level')
  const ids = tokenizer.encode('\u001b[31m\u0007', { addSpecialTokens: false })
  const read = ids.map((id) => readableToken(tokenizer, id)).join('')
  expect(read).toBe('<U+001B>[31m<U+0007>')
})
