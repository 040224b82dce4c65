import type { TokenizerJson } from '../tokenizers/tokenizer-json.js'
import { unsupportedByGguf } from './gguf-families.js'

const letters = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`
const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const rest = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`

interface NamedPattern {
  readonly name: string
  /** Whether llama.cpp takes a piece that is a token as it is, without merging (`ignore_merges`). */
  readonly wholePieces: boolean
}

/** llama.cpp knows pre-tokenizers by name only; these are the names of each regular expression. */
const namedPatterns: ReadonlyMap<string, readonly NamedPattern[]> = new Map([
  [
    String.raw`${contractions}|${letters}|\p{N}{1,3}|${rest}`,
    [
      { name: 'llama-bpe', wholePieces: true },
      { name: 'smaug-bpe', wholePieces: false },
    ],
  ],
  [String.raw`${contractions}|${letters}|\p{N}|${rest}`, [{ name: 'qwen2', wholePieces: false }]],
  [
    String.raw`[^\r\n\p{L}\p{N}]?${upper}*${lower}+|[^\r\n\p{L}\p{N}]?${upper}+${lower}*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    [{ name: 'tekken', wholePieces: true }],
  ],
])

/** A component of tokenizer.json, of which a few fields matter here. */
export interface Component {
  readonly type: string
  readonly pattern?: { readonly Regex?: string; readonly String?: string }
  readonly content?: string
  readonly prepend?: string
  readonly behavior?: string
  readonly add_prefix_space?: boolean
  readonly use_regex?: boolean
  readonly individual_digits?: boolean
  readonly prepend_scheme?: string
}

/**
 * llama.cpp's name of what a byte-level tokenizer does before merging.
 *
 * @throws UNSUPPORTED_MODEL for what it has no name for
 */
export function preTokenizerName({ normalizer, pre_tokenizer, model }: TokenizerJson): string {
  // llama.cpp leaves composing (NFC) to whoever makes the text, and lowers or strips nothing.
  const changing = stageParts(normalizer).find(({ type }) => type !== 'NFC')
  if (changing !== undefined) throw unsupportedTokenizer(`llama.cpp has no normalizer ${changing.type}`)
  const stages = stageParts(pre_tokenizer)
  const wholePieces = model.ignore_merges === true
  const found = namesOf(stages).find((named) => named.wholePieces === wholePieces)
  if (found !== undefined) return found.name
  const pattern = stages.find(({ type }) => type === 'Split')?.pattern?.Regex
  const what =
    pattern === undefined
      ? stages.map(({ type }) => type).join(', ') || 'no pre_tokenizer'
      : `the pattern ${pattern}`
  throw unsupportedTokenizer(`llama.cpp has no name for ${what}${wholePieces ? ' with ignore_merges' : ''}`)
}

function namesOf(stages: readonly Component[]): readonly NamedPattern[] {
  const [first, second] = stages
  const last = stages.at(-1)
  if (last?.type !== 'ByteLevel' || last.add_prefix_space !== false || stages.length > 2) return []
  if (last.use_regex !== false) {
    if (second === undefined) return [{ name: 'gpt-2', wholePieces: false }]
    const isDigits = first?.type === 'Digits' && first.individual_digits === true
    return isDigits ? [{ name: 'smollm', wholePieces: false }] : []
  }
  const isSplit = first?.type === 'Split' && first.behavior === 'Isolated'
  return (isSplit && namedPatterns.get(first.pattern?.Regex ?? '')) || []
}

/**
 * Whether a SentencePiece-style tokenizer puts a space before a text.
 *
 * @throws UNSUPPORTED_MODEL for normalizers and pre-tokenizers other than those that turn spaces into ▁
 */
export function prependsSpace({ normalizer, pre_tokenizer }: TokenizerJson): boolean {
  const stages = [...stageParts(normalizer), ...stageParts(pre_tokenizer)]
  const other = stages.find((stage) => !marksSpaces(stage))
  if (other !== undefined)
    throw unsupportedTokenizer(`llama.cpp has no ${other.type} before SentencePiece merges`)
  return stages.some(({ type, prepend_scheme: scheme }) => {
    return type === 'Prepend' || (type === 'Metaspace' && scheme !== 'never')
  })
}

function marksSpaces({ type, pattern, content, prepend }: Component): boolean {
  if (type === 'Prepend') return prepend === '▁'
  if (type === 'Replace') return pattern?.String === ' ' && content === '▁'
  // Splitting by spaces does nothing where none are left.
  return type === 'Metaspace' || (type === 'Split' && pattern?.String === ' ')
}

/** The parts of a stage, sequences opened. `tokenizer-components.ts` has checked them. */
export function stageParts(stage: unknown): Component[] {
  if (typeof stage !== 'object' || stage === null) return []
  const nested =
    'pretokenizers' in stage ? stage.pretokenizers : 'normalizers' in stage ? stage.normalizers : undefined
  return Array.isArray(nested) ? nested.flatMap(stageParts) : [stage as Component]
}

export function unsupportedTokenizer(problem: string): Error {
  return unsupportedByGguf('The tokenizer', problem)
}
