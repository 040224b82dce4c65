import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { loadTokenizer } from './load-tokenizer.js'

const texts = [
  'O tratamento é eficaz — pressão ≥ 140 mmHg.',
  '漢字かな交じり文',
  'emoji 🙂👩‍⚕️🇧🇷!',
  '  leading and  double  spaces ',
  'line\n\nline\n',
]

describe.each(['byte-level', 'sentencepiece'])('streaming with a %s tokenizer', (name) => {
  const loading = loadTokenizer(path.join(repositoryRoot, 'data/reference/tokenizers', name))

  test('pieces never hold half a character and join to the text', async () => {
    const tokenizer = await loading
    for (const text of texts) {
      const stream = tokenizer.decodeStream()
      const pieces = tokenizer.encode(text, { addSpecialTokens: false }).map((id) => stream.push(id))
      expect(pieces.some((piece) => piece.includes('\u{fffd}'))).toBe(false)
      expect(pieces.join('') + stream.end()).toBe(text)
      expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(2)
    }
  })

  test('a text cut inside a character ends with a replacement character', async () => {
    const tokenizer = await loading
    const ids = tokenizer.encode('ok 漢', { addSpecialTokens: false })
    const stream = tokenizer.decodeStream()
    const given = ids
      .slice(0, -1)
      .map((id) => stream.push(id))
      .join('')
    expect(given).toBe('ok ')
    expect(stream.end()).toMatch(/^\u{fffd}+$/u)
    expect(stream.push(ids[0] as number) + stream.end()).toMatch(/^o/)
  })

  test('bytes that never become a character do not hold the stream up', async () => {
    const tokenizer = await loading
    const byte = tokenizer.tokenToId(name === 'byte-level' ? 'ÿ' : '<0xFF>') as number
    const stream = tokenizer.decodeStream()
    const given = Array.from({ length: 40 }, () => stream.push(byte)).join('')
    expect(given.length).toBeGreaterThan(0)
    expect((given + stream.end()).length).toBe(40)
  })

  test('skipped special tokens leave no trace', async () => {
    const tokenizer = await loading
    const eos = tokenizer.eosTokenId as number
    const stream = tokenizer.decodeStream({ skipSpecialTokens: true })
    const ids = [...tokenizer.encode('one two'), eos, eos]
    expect(ids.map((id) => stream.push(id)).join('') + stream.end()).toBe('one two')
  })
})
