import { type ComponentStage, checkComponent, insertedTokens } from './tokenizer-components.js'
import { isRecord, parseJsonObject, tokenizerError } from './tokenizer-error.js'

/** Most tokens that a vocabulary may have; today's largest have about 260,000. */
const maxVocabularySize = 4_000_000

export interface AddedToken {
  readonly id: number
  readonly content: string
  readonly special: boolean
  /** Whether it is looked for in normalized text, in its normalized form. */
  readonly normalized: boolean
  /** Whether it takes the blanks before it, and behind it. */
  readonly lstrip: boolean
  readonly rstrip: boolean
  /** Whether it is one only where no word goes on beside it. */
  readonly single_word: boolean
}

/** What the rest of this folder reads of a tokenizer.json; the other fields pass through as they are. */
export interface TokenizerJson extends Record<string, unknown> {
  readonly model: Record<string, unknown> & { readonly vocab: Readonly<Record<string, number>> }
  readonly added_tokens: readonly AddedToken[]
  readonly post_processor: unknown
}

/**
 * Parses a tokenizer.json and checks all that decides the ids: vocabulary, merges, added tokens, components.
 *
 * @throws INVALID_TOKENIZER with the file, the field and the broken rule
 */
export function parseTokenizerJson(file: string, text: string): TokenizerJson {
  const parsed = parseJsonObject(file, text)
  const model = parsed.model
  if (!isRecord(model)) throw tokenizerError(file, 'model must be an object')
  if (model.type !== 'BPE') {
    throw tokenizerError(
      file,
      'model.type must be BPE, as in every tokenizer of a supported causal language model',
    )
  }
  const idOf = checkVocabulary(file, model.vocab)
  checkMerges(file, model.merges, idOf)
  checkModelOptions(file, model, idOf)
  checkAddedTokens(file, parsed.added_tokens, idOf)
  const stages: readonly ComponentStage[] = ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']
  for (const stage of stages) {
    if (!(stage in parsed)) throw tokenizerError(file, `${stage} must be there, if only as null`)
    checkComponent(file, stage, parsed[stage])
  }
  for (const token of insertedTokens(parsed.post_processor)) {
    if (!idOf.has(token))
      throw tokenizerError(file, `post_processor inserts a token that the vocabulary lacks`)
  }
  return parsed as TokenizerJson
}

function checkVocabulary(file: string, vocab: unknown): Map<string, number> {
  if (!isRecord(vocab)) throw tokenizerError(file, 'model.vocab must be an object of token: id')
  const idOf = new Map<string, number>()
  const ids = new Set<number>()
  for (const [token, id] of Object.entries(vocab)) {
    if (!isTokenId(id))
      throw tokenizerError(file, `every id of model.vocab must be an integer from 0 to ${maxVocabularySize}`)
    if (ids.has(id)) throw tokenizerError(file, `model.vocab must give each id once; ${id} is there twice`)
    ids.add(id)
    idOf.set(token, id)
  }
  if (idOf.size === 0) throw tokenizerError(file, 'model.vocab must have tokens; it is empty')
  return idOf
}

/** Every merge joins two known tokens into a known one, as the Python library demands. */
function checkMerges(file: string, merges: unknown, idOf: ReadonlyMap<string, number>): void {
  if (!Array.isArray(merges)) throw tokenizerError(file, 'model.merges must be a list')
  const asText = typeof merges[0] === 'string'
  merges.forEach((merge, index) => {
    // One form in the whole file: the engine looks at the first merge only.
    const pair = asText ? (typeof merge === 'string' ? merge.split(' ') : []) : merge
    if (!Array.isArray(pair) || pair.length !== 2 || !pair.every((part) => typeof part === 'string')) {
      throw tokenizerError(file, `merge ${index} must be two tokens, in the form of the first merge`)
    }
    const [left, right] = pair as [string, string]
    if (!idOf.has(left) || !idOf.has(right) || !idOf.has(left + right)) {
      throw tokenizerError(file, `merge ${index} must join tokens of model.vocab into one of them`)
    }
  })
}

function checkModelOptions(
  file: string,
  model: Record<string, unknown>,
  idOf: ReadonlyMap<string, number>,
): void {
  for (const name of ['fuse_unk', 'byte_fallback', 'ignore_merges']) {
    const value = model[name]
    if (value !== undefined && typeof value !== 'boolean')
      throw tokenizerError(file, `model.${name} must be true or false`)
  }
  for (const name of ['continuing_subword_prefix', 'end_of_word_suffix']) {
    if ((model[name] ?? '') !== '') throw tokenizerError(file, `model.${name} must be absent or empty`)
  }
  if ((model.dropout ?? 0) !== 0)
    throw tokenizerError(file, 'model.dropout must be absent: it makes ids random')
  const unknown = model.unk_token ?? undefined
  if (unknown !== undefined && (typeof unknown !== 'string' || !idOf.has(unknown))) {
    throw tokenizerError(file, 'model.unk_token must be null or a token of the vocabulary')
  }
}

function checkAddedTokens(file: string, value: unknown, idOf: Map<string, number>): void {
  if (!Array.isArray(value)) throw tokenizerError(file, 'added_tokens must be a list')
  const tokenOf = new Map([...idOf].map(([token, id]) => [id, token]))
  const seen = new Set<string>()
  value.forEach((token, index) => {
    const fail = (rule: string): Error => tokenizerError(file, `added_tokens[${index}]${rule}`)
    if (!isRecord(token) || typeof token.content !== 'string' || token.content === '')
      throw fail('.content must be text')
    if (!isTokenId(token.id)) throw fail(`.id must be an integer from 0 to ${maxVocabularySize}`)
    for (const flag of ['special', 'lstrip', 'rstrip', 'single_word', 'normalized']) {
      if (typeof token[flag] !== 'boolean') throw fail(`.${flag} must be true or false`)
    }
    if (seen.has(token.content)) throw fail(' must be a token that is not there before')
    if (
      (tokenOf.get(token.id) ?? token.content) !== token.content ||
      (idOf.get(token.content) ?? token.id) !== token.id
    ) {
      throw fail(` must have the id that the vocabulary gives it, or a free one; got ${token.id}`)
    }
    seen.add(token.content)
    tokenOf.set(token.id, token.content)
    idOf.set(token.content, token.id)
  })
  // A few unused ids occur in real files; an id far past the rest is a damaged one.
  const highest = [...idOf.values()].reduce((a, b) => Math.max(a, b), 0)
  if (highest >= 2 * idOf.size + 1024)
    throw tokenizerError(file, `token ids must be dense; ${idOf.size} tokens reach id ${highest}`)
}

function isTokenId(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < maxVocabularySize
}
