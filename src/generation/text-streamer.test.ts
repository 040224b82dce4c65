import path from 'node:path'
import { expect, test } from 'vitest'
import { repositoryRoot, testData } from '../test-data.fixture.js'
import { loadTokenizer } from '../tokenizers/load-tokenizer.js'
import { endTokenIds } from './end-tokens.js'
import { TextStreamer } from './text-streamer.js'

const reference = path.join(repositoryRoot, 'data/reference/tokenizers/sentencepiece')

test('gives whole characters as they come, without special tokens, and says when it ends', async () => {
  const tokenizer = await loadTokenizer(reference)
  const calls: [string, boolean][] = []
  const streamer = new TextStreamer(tokenizer, (text, isEnd) => calls.push([text, isEnd]))
  const text = 'O tratamento 🙂 é eficaz.'
  for (let answer = 0; answer < 2; answer++) {
    for (const id of tokenizer.encode(text)) streamer.put(id)
    streamer.put(tokenizer.eosTokenId as number)
    streamer.end()
    expect(calls.map(([piece]) => piece).join('')).toBe(text)
    expect(calls.at(-1)?.[1]).toBe(true)
    expect(
      calls.slice(0, -1).every(([piece, isEnd]) => piece !== '' && !piece.includes('\u{fffd}') && !isEnd),
    ).toBe(true)
    calls.length = 0
  }
})

test('special tokens are shown when asked for', async () => {
  const tokenizer = await loadTokenizer(reference)
  let text = ''
  const streamer = new TextStreamer(tokenizer, (piece) => (text += piece), { skipSpecialTokens: false })
  streamer.put(tokenizer.eosTokenId as number)
  streamer.end()
  expect(text).toBe('</s>')
})

test('the ids that end an answer are the configured ones and EOS, each once', async () => {
  const tokenizer = await loadTokenizer(reference)
  expect(endTokenIds(tokenizer, [7, 2])).toEqual([7, 2])
})

const phi3 = testData('tokenizers/phi-3-mini')
test.skipIf(phi3 === undefined)('the end of a turn ends an answer of a real chat model', async () => {
  expect(endTokenIds(await loadTokenizer(phi3 ?? ''))).toEqual([32000, 32007])
})
