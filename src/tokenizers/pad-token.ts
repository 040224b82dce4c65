/** Tokens that model makers reserve for padding, or for nothing, in the order of preference. */
const candidates: readonly RegExp[] = [
  /^<\|finetune_right_pad_id\|>$/,
  /^<pad>$/,
  /^\[PAD\]$/,
  /^<\|pad\|>$/,
  /^<\|endoftext\|>$/,
  /^<\|reserved/,
  /^<\|placeholder/,
  /^<unused/,
]

export interface PadTokenChoice {
  /** The id that the tokenizer's own configuration names, if any. */
  readonly configured: number | undefined
  readonly unkTokenId: number | undefined
  readonly bosTokenId: number | undefined
  readonly eosTokenId: number | undefined
  readonly addedTokens: readonly { readonly id: number; readonly content: string }[]
}

/**
 * The id to pad with. Never the id of EOS: where padding is masked by id, a model padded with EOS never learns to
 * stop. A configured pad token that is not EOS is kept; otherwise a reserved token, the unknown token or BOS serves
 * (padded positions are masked, so its meaning does not matter); at last any id that is not EOS.
 */
export function choosePadTokenId(choice: PadTokenChoice): number {
  const usable = (id: number | undefined): id is number => id !== undefined && id !== choice.eosTokenId
  if (usable(choice.configured)) return choice.configured
  for (const pattern of candidates) {
    const match = choice.addedTokens.find(({ id, content }) => pattern.test(content) && usable(id))
    if (match !== undefined) return match.id
  }
  if (usable(choice.unkTokenId)) return choice.unkTokenId
  if (usable(choice.bosTokenId)) return choice.bosTokenId
  return choice.eosTokenId === 0 ? 1 : 0
}
