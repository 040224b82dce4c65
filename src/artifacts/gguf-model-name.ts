import type { TokenizerJson } from '../tokenizers/tokenizer-json.js'
import { unsupportedTokenizer } from './gguf-pre-tokenizer.js'

/** Of Phi-3's added tokens, those that leave the whitespace behind them; llama.cpp looks them up, and `</s>`. */
const phi3Keeping: readonly string[] = ['<unk>', '<s>', '<|endoftext|>']

/**
 * The model's name in the file. llama.cpp reads from it whether added tokens swallow the whitespace behind them, as
 * Phi-3's do, and fails on a name with phi-3 in it where its tokens are missing: the name must say what the tokenizer does.
 *
 * @throws UNSUPPORTED_MODEL for added tokens that swallow whitespace in another way, or match whole words only
 */
export function ggufModelName(name: string, json: TokenizerJson): string {
  // `parseTokenizerJson` has checked that they are there.
  const added = json.added_tokens as readonly (TokenizerJson['added_tokens'][number] & Matching)[]
  const special = added.filter(({ lstrip, rstrip, single_word }) => lstrip || rstrip || single_word)
  const [first] = special
  if (first === undefined) return name.replace(/phi-?3/gi, 'phi 3')
  const texts = new Set([...Object.keys(json.model.vocab), ...added.map(({ content }) => content)])
  const isPhi3 =
    special.every(({ lstrip, single_word }) => !lstrip && !single_word) &&
    added.every(({ content, rstrip }) => rstrip !== phi3Keeping.includes(content)) &&
    [...phi3Keeping, '</s>'].every((text) => texts.has(text))
  if (isPhi3) return /phi-?3/i.test(name) ? name : `${name} (phi-3)`
  throw unsupportedTokenizer(
    `llama.cpp cannot match added token ${first.content} with its lstrip, rstrip or single_word`,
  )
}

interface Matching {
  readonly lstrip: boolean
  readonly rstrip: boolean
  readonly single_word: boolean
}
