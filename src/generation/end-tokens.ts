import type { Tokenizer } from '../tokenizers/tokenizer.js'

/** Tokens that end a turn in the chat formats of the supported models. */
const endOfTurnTokens = ['<|eot_id|>', '<|im_end|>', '<|end|>', '<end_of_turn>', '<|end_of_turn|>'] as const

/**
 * Every id that ends an answer: the configured ones, the tokenizer's EOS, and the end-of-turn tokens that it has.
 * Without the last a chat model goes on into a turn of the user.
 */
export function endTokenIds(tokenizer: Tokenizer, configured: readonly number[] = []): number[] {
  const endOfTurn = endOfTurnTokens.map((token) => tokenizer.tokenToId(token))
  return [...new Set([...configured, ...[tokenizer.eosTokenId, ...endOfTurn].flatMap((id) => id ?? [])])]
}
