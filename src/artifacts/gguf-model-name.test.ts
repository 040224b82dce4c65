import { expect, test } from 'vitest'
import type { TokenizerJson } from '../tokenizers/tokenizer-json.js'
import { addedTokenNotes, ggufModelName } from './gguf-model-name.js'

function tokenizer(...added: Record<string, unknown>[]): TokenizerJson {
  const none = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
  const tokens = added.map((token, id) => ({ ...none, id, content: `<${id}>`, ...token }))
  return { model: { vocab: { '</s>': 9 } }, added_tokens: tokens, post_processor: null }
}

const phi3 = tokenizer(
  ...['<unk>', '<s>', '<|endoftext|>'].map((content) => ({ content })),
  ...['</s>', '<|user|>'].map((content) => ({ content, rstrip: true })),
)

test('a name says phi-3 where added tokens swallow whitespace as its do, and nowhere else', () => {
  expect(ggufModelName('lora', phi3)).toBe('lora (phi-3)')
  expect(ggufModelName('Phi-3-mini', phi3)).toBe('Phi-3-mini')
  expect(ggufModelName('like-phi3', tokenizer({}))).toBe('like-phi 3')
  expect(ggufModelName('lora', tokenizer())).toBe('lora')
})

test('added tokens that llama.cpp matches otherwise are noted by their text', () => {
  for (const flag of ['lstrip', 'rstrip', 'single_word']) {
    const other = tokenizer({}, { [flag]: true })
    expect(addedTokenNotes(other)).toEqual([expect.stringContaining('does not (<1>)')])
    expect(ggufModelName('phi3', other)).toBe('phi 3')
  }
  expect(addedTokenNotes(phi3)).toEqual([])
  expect(addedTokenNotes(tokenizer({}))).toEqual([])
})
