import type { Tokenizer } from '../tokenizers/tokenizer.js'
import type { TokenizerJson } from '../tokenizers/tokenizer-json.js'
import { addedTokenNotes } from './gguf-model-name.js'
import { prependsSpace, preTokenizerName, stageParts, unsupportedTokenizer } from './gguf-pre-tokenizer.js'
import type { GgufValue } from './gguf-writer.js'
import type { StoredTokenizer } from './stored-tokenizer.js'

const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const

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
      value === undefined || value >= rows
        ? []
        : [[`tokenizer.ggml.${name}_token_id`, { type: 'u32', value }]],
    ),
    ['tokenizer.ggml.add_bos_token', bool(tokenizer.addsBos)],
    ['tokenizer.ggml.add_eos_token', bool(tokenizer.addsEos)],
    ...(chatTemplate === undefined
      ? []
      : [['tokenizer.chat_template', { type: 'string', value: chatTemplate }] as const]),
  ])
}

/**
 * What llama.cpp reads in another way than the tokenizer, in words: too common to be refused.
 *
 * @param rows rows of the embedding
 */
export function tokenizerNotes(json: TokenizerJson, rows: number): string[] {
  const stages = [...stageParts(json.normalizer), ...stageParts(json.pre_tokenizer)]
  const composes = stages.some(({ type }) => type === 'NFC')
  const isMetaspace = stages.some(
    ({ type, prepend_scheme: scheme }) => type === 'Metaspace' && scheme !== 'never',
  )
  const left = json.added_tokens.filter(({ id }) => id >= rows).map(({ content }) => content)
  return [
    ...addedTokenNotes(json),
    ...(composes ? ['llama.cpp composes no accents (NFC): give it text that is composed.'] : []),
    ...(isMetaspace
      ? [
          'llama.cpp puts a space before every text between special tokens, also where this tokenizer (Metaspace) puts none.',
        ]
      : []),
    ...(left.length === 0
      ? []
      : [`Added tokens that the model has no embedding for are left out: ${left.join(', ')}.`]),
  ]
}

function tokenTable(
  json: TokenizerJson,
  tokenizer: Tokenizer,
  rows: number,
): { text: string; type: number }[] {
  const beyond = Object.values(json.model.vocab).reduce((largest, id) => Math.max(largest, id), 0)
  if (beyond >= rows) {
    throw unsupportedTokenizer(`it has ${beyond + 1} tokens and the model ${rows}; take both from one model`)
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
    // Some releases have more added tokens than embeddings.
    if (id >= rows) continue
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
