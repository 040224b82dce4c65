import { MedtuneError } from '../errors.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import type { TokenizerJson } from '../tokenizers/tokenizer-json.js'
import type { GgufValue } from './gguf-writer.js'
import type { StoredTokenizer } from './stored-tokenizer.js'

const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const

const letters = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`
const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
const rest = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
const upper = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
const lower = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`

/** llama.cpp knows pre-tokenizers by name only; this is the name of each regular expression. */
const preTokenizerNames: ReadonlyMap<string, string> = new Map([
  [String.raw`${contractions}|${letters}|\p{N}{1,3}|${rest}`, 'llama-bpe'],
  [String.raw`${contractions}|${letters}|\p{N}|${rest}`, 'qwen2'],
  [
    String.raw`[^\r\n\p{L}\p{N}]?${upper}*${lower}+|[^\r\n\p{L}\p{N}]?${upper}+${lower}*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    'tekken',
  ],
])

/**
 * The tokenizer's metadata. Byte-level BPE goes with its merges; SentencePiece-style BPE goes with scores, −rank of the
 * merge that makes a token, because llama.cpp joins the neighbours whose token scores highest.
 *
 * @param rows rows of the embedding; ids without token become unused ones
 * @throws UNSUPPORTED_MODEL for a tokenizer that llama.cpp would read with other ids
 */
export function ggufTokenizerMetadata(
  { json, tokenizer, chatTemplate }: StoredTokenizer,
  rows: number,
): Map<string, GgufValue> {
  const merges = (json.model.merges as readonly (string | readonly [string, string])[]).map((merge) =>
    typeof merge === 'string' ? (merge.split(' ') as [string, string]) : merge,
  )
  const tokens = tokenTable(json, tokenizer, rows)
  const texts = tokens.map(({ text }) => text)
  const ids: [string, number | undefined][] = [
    ['bos', tokenizer.bosTokenId],
    ['eos', tokenizer.eosTokenId],
    ['unknown', tokenizer.unkTokenId],
    ['padding', tokenizer.padTokenId],
  ]
  const bool = (value: boolean): GgufValue => ({ type: 'bool', value })
  return new Map<string, GgufValue>([
    ...(json.model.byte_fallback === true ? scoredTokens(json, texts, merges) : mergedTokens(json, merges)),
    ['tokenizer.ggml.tokens', { type: 'strings', values: texts }],
    ['tokenizer.ggml.token_type', { type: 'i32s', values: tokens.map(({ type }) => type) }],
    ...ids.flatMap(([name, value]): [string, GgufValue][] =>
      value === undefined ? [] : [[`tokenizer.ggml.${name}_token_id`, { type: 'u32', value }]],
    ),
    ['tokenizer.ggml.add_bos_token', bool(tokenizer.addsBos)],
    ['tokenizer.ggml.add_eos_token', bool(tokenizer.addsEos)],
    ...(chatTemplate === undefined
      ? []
      : [['tokenizer.chat_template', { type: 'string', value: chatTemplate }] as const]),
  ])
}

function tokenTable(
  json: TokenizerJson,
  tokenizer: Tokenizer,
  rows: number,
): { text: string; type: number }[] {
  if (tokenizer.vocabSize > rows) {
    throw unsupported(`it has ${tokenizer.vocabSize} tokens and the model ${rows}; take both from one model`)
  }
  const table = Array.from({ length: rows }, (_, id) => ({
    text: `[PAD${id}]`,
    type: tokenTypes.unused as number,
  }))
  const isByteFallback = json.model.byte_fallback === true
  for (const [text, id] of Object.entries(json.model.vocab)) {
    const isByte = isByteFallback && /^<0x[0-9A-F]{2}>$/.test(text)
    table[id] = { text, type: isByte ? tokenTypes.byte : tokenTypes.normal }
  }
  for (const { id, content, special } of json.added_tokens) {
    table[id] = { text: content, type: special ? tokenTypes.control : tokenTypes.userDefined }
  }
  const unknown = tokenizer.unkTokenId
  const entry = unknown === undefined ? undefined : table[unknown]
  if (entry !== undefined) entry.type = tokenTypes.unknown
  return table
}

function mergedTokens(
  json: TokenizerJson,
  merges: readonly (readonly [string, string])[],
): [string, GgufValue][] {
  return [
    ['tokenizer.ggml.model', { type: 'string', value: 'gpt2' }],
    ['tokenizer.ggml.pre', { type: 'string', value: preTokenizerName(json) }],
    ['tokenizer.ggml.merges', { type: 'strings', values: merges.map((pair) => pair.join(' ')) }],
  ]
}

function scoredTokens(
  json: TokenizerJson,
  texts: readonly string[],
  merges: readonly (readonly [string, string])[],
): [string, GgufValue][] {
  const ranks = new Map<string, number>()
  for (const [rank, [left, right]] of merges.entries()) {
    if (!ranks.has(left + right)) ranks.set(left + right, rank)
  }
  const scores = texts.map((text) => -(ranks.get(text) ?? merges.length))
  return [
    ['tokenizer.ggml.model', { type: 'string', value: 'llama' }],
    ['tokenizer.ggml.pre', { type: 'string', value: 'default' }],
    ['tokenizer.ggml.scores', { type: 'f32s', values: scores }],
    ['tokenizer.ggml.add_space_prefix', { type: 'bool', value: prependsSpace(json) }],
  ]
}

/** A component of tokenizer.json, of which a few fields matter here. */
interface Component {
  readonly type: string
  readonly pattern?: { readonly Regex?: string }
  readonly behavior?: string
  readonly add_prefix_space?: boolean
  readonly use_regex?: boolean
  readonly individual_digits?: boolean
  readonly prepend_scheme?: string
}

/** The parts of a stage, sequences opened. `tokenizer-components.ts` has checked them. */
function parts(stage: unknown): Component[] {
  if (typeof stage !== 'object' || stage === null) return []
  const nested =
    'pretokenizers' in stage ? stage.pretokenizers : 'normalizers' in stage ? stage.normalizers : undefined
  return Array.isArray(nested) ? nested.flatMap(parts) : [stage as Component]
}

function prependsSpace({ normalizer, pre_tokenizer }: TokenizerJson): boolean {
  return [...parts(normalizer), ...parts(pre_tokenizer)].some(
    ({ type, prepend_scheme: scheme }) => type === 'Prepend' || (type === 'Metaspace' && scheme !== 'never'),
  )
}

function preTokenizerName({ pre_tokenizer }: TokenizerJson): string {
  const stages = parts(pre_tokenizer)
  const [first, second] = stages
  const last = stages.at(-1)
  if (last?.type === 'ByteLevel' && last.add_prefix_space === false && stages.length <= 2) {
    const ownPattern = last.use_regex !== false
    if (stages.length === 1 && ownPattern) return 'gpt-2'
    if (first?.type === 'Digits' && first.individual_digits === true && ownPattern) return 'smollm'
    const isSplit = first?.type === 'Split' && first.behavior === 'Isolated' && second !== undefined
    const name = isSplit ? preTokenizerNames.get(first.pattern?.Regex ?? '') : undefined
    if (name !== undefined && !ownPattern) return name
  }
  throw unsupported('its pre_tokenizer is none that llama.cpp has a name for')
}

function unsupported(problem: string): MedtuneError {
  return new MedtuneError(
    'UNSUPPORTED_MODEL',
    `The tokenizer cannot be written as GGUF: ${problem}. Export the model as merged instead.`,
  )
}
