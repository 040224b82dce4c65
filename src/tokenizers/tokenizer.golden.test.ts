import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { trainByteLevelBpe } from './byte-level-bpe-trainer.js'
import type { ChatMessage } from './chat-template.js'
import { encodeChat } from './encode-chat.js'
import { loadTokenizer } from './load-tokenizer.js'

interface Golden {
  sentences: string[]
  tokenizers: Record<string, GoldenTokenizer>
}

interface GoldenTokenizer {
  size: number
  encoded: {
    text: string
    ids: number[]
    idsWithoutSpecial: number[]
    decoded: string
    decodedWithoutSpecial: string
  }[]
  decodedNoise: { ids: number[]; text: string }[]
  chats: { messages: ChatMessage[]; addGenerationPrompt: boolean; text: string; ids: number[] }[]
}

const folder = path.join(repositoryRoot, 'data/reference/tokenizers')
const golden: Golden = JSON.parse(readFileSync(path.join(folder, 'golden.json'), 'utf8'))

describe.each(Object.entries(golden.tokenizers))('%s, as in Python', (name, expected) => {
  const loading = loadTokenizer(path.join(folder, name))

  test('size', async () => {
    expect((await loading).vocabSize).toBe(expected.size)
  })

  test.each(expected.encoded)('encodes and decodes $text', async (row) => {
    const tokenizer = await loading
    expect(tokenizer.encode(row.text)).toEqual(row.ids)
    expect(tokenizer.encode(row.text, { addSpecialTokens: false })).toEqual(row.idsWithoutSpecial)
    expect(tokenizer.decode(row.ids)).toBe(row.decoded)
    expect(tokenizer.decode(row.ids, { skipSpecialTokens: true })).toBe(row.decodedWithoutSpecial)
  })

  test('decodes ids that make no sense', async () => {
    const tokenizer = await loading
    for (const { ids, text } of expected.decodedNoise) expect(tokenizer.decode(ids)).toBe(text)
  })

  test('a stream of ids gives the decoded text', async () => {
    const tokenizer = await loading
    for (const { ids, decodedWithoutSpecial } of expected.encoded) {
      const stream = tokenizer.decodeStream({ skipSpecialTokens: true })
      const pieces = ids.map((id) => stream.push(id))
      expect(pieces.join('') + stream.end()).toBe(decodedWithoutSpecial)
    }
  })

  test('renders and encodes chats', async () => {
    const tokenizer = await loading
    for (const { messages, addGenerationPrompt, text, ids } of expected.chats) {
      expect(tokenizer.chatTemplate?.render(messages, { addGenerationPrompt })).toBe(text)
      expect(encodeChat(tokenizer, messages, { addGenerationPrompt })).toEqual(ids)
    }
  })
})

test('the trainer learns what the Python trainer learns', () => {
  const expected = JSON.parse(readFileSync(path.join(folder, 'byte-level/tokenizer.json'), 'utf8'))
  const { tokenizerJson } = trainByteLevelBpe(golden.sentences, {
    vocabSize: 400,
    specialTokens: ['<s>', '</s>', '<pad>'],
    bosToken: '<s>',
    addBos: true,
  })
  const model = tokenizerJson.model as { vocab: object; merges: string[][] }
  expect(model.merges).toEqual(expected.model.merges)
  expect(model.vocab).toEqual(expected.model.vocab)
  expect(tokenizerJson.added_tokens).toEqual(expected.added_tokens)
})
