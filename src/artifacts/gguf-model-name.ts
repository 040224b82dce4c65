import type { TokenizerJson } from '../tokenizers/tokenizer-json.js'

/** Of Phi-3's added tokens, those that leave the whitespace behind them; llama.cpp looks them up, and `</s>`. */
const phi3Keeping: readonly string[] = ['<unk>', '<s>', '<|endoftext|>']

/** How an added token is matched; `parseTokenizerJson` has checked that it says so. */
type AddedToken = TokenizerJson['added_tokens'][number] & {
  readonly lstrip: boolean
  readonly rstrip: boolean
  readonly single_word: boolean
}

/**
 * The model's name in the file. llama.cpp reads from it whether added tokens swallow the whitespace behind them, as
 * Phi-3's do, and fails on a name with phi-3 in it where its tokens are missing: the name must say what the tokenizer does.
 */
export function ggufModelName(name: string, json: TokenizerJson): string {
  if (!swallowsAsPhi3(json)) return name.replace(/phi-?3/gi, 'phi 3')
  return /phi-?3/i.test(name) ? name : `${name} (phi-3)`
}

/** What llama.cpp matches otherwise, in words; none where the name tells it. */
export function addedTokenNotes(json: TokenizerJson): string[] {
  const first = addedTokens(json).find(isMatchedOtherwise)
  if (first === undefined || swallowsAsPhi3(json)) return []
  return [
    `llama.cpp leaves whitespace beside added tokens, and matches them inside words; this tokenizer does not (${first.content}).`,
  ]
}

function swallowsAsPhi3(json: TokenizerJson): boolean {
  const added = addedTokens(json)
  const texts = new Set([...Object.keys(json.model.vocab), ...added.map(({ content }) => content)])
  return (
    added.some(({ rstrip }) => rstrip) &&
    added.every(({ lstrip, single_word: isWord }) => !lstrip && !isWord) &&
    added.every(({ content, rstrip }) => rstrip !== phi3Keeping.includes(content)) &&
    [...phi3Keeping, '</s>'].every((text) => texts.has(text))
  )
}

function addedTokens({ added_tokens: added }: TokenizerJson): readonly AddedToken[] {
  return added as readonly AddedToken[]
}

function isMatchedOtherwise({ lstrip, rstrip, single_word: isWord }: AddedToken): boolean {
  return lstrip || rstrip || isWord
}
