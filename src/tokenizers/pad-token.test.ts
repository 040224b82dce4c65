import { expect, test } from 'vitest'
import { choosePadTokenId } from './pad-token.js'

const none = {
  configured: undefined,
  unkTokenId: undefined,
  bosTokenId: undefined,
  eosTokenId: 2,
  addedTokens: [],
}
const added = (...contents: string[]): { id: number; content: string }[] =>
  contents.map((content, i) => ({ id: 10 + i, content }))

test.each([
  ['a configured token that is not EOS', { ...none, configured: 7 }, 7],
  [
    'a reserved one when the configured is EOS',
    { ...none, configured: 2, addedTokens: added('x', '<|reserved_special_token_3|>') },
    11,
  ],
  [
    'the best name among several',
    { ...none, addedTokens: added('<unused1>', '<|placeholder1|>', '<pad>') },
    12,
  ],
  [
    'not a good name that is EOS',
    { ...none, eosTokenId: 10, addedTokens: added('<|endoftext|>', '<|placeholder1|>') },
    11,
  ],
  ['the unknown token', { ...none, unkTokenId: 0, bosTokenId: 1 }, 0],
  ['BOS when the unknown token is EOS', { ...none, unkTokenId: 2, bosTokenId: 1 }, 1],
  ['any id that is not EOS', { ...none, eosTokenId: 0 }, 1],
  ['id 0 when nothing is known', { ...none, eosTokenId: undefined }, 0],
])('chooses %s', (_, choice, expected) => {
  expect(choosePadTokenId(choice)).toBe(expected)
})
