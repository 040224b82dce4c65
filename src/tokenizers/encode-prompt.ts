import type { Tokenizer } from './tokenizer.js'

/**
 * Ids of a text that something follows: BOS once where the tokenizer adds it, also when the text (a template, as a rule)
 * begins with it already, and no EOS.
 */
export function encodePrompt(tokenizer: Tokenizer, text: string): number[] {
  const { bosTokenId: bos, eosTokenId: eos, addsEos } = tokenizer
  const ids = tokenizer.encode(text)
  if (addsEos && ids.at(-1) === eos) ids.pop()
  if (bos === undefined || ids[0] !== bos) return ids
  const start = ids.findIndex((id) => id !== bos)
  return [bos, ...(start < 0 ? [] : ids.slice(start))]
}
