import { MedtuneError } from '../errors.js'
import { byteCharacters, splitIntoWords } from './byte-level-alphabet.js'
import { MergeQueue } from './merge-queue.js'

export interface ByteLevelBpeOptions {
  /** Tokens in all: special tokens, 256 bytes, and one per merge. Fewer when the texts run out of pairs. */
  readonly vocabSize: number
  /** Get the first ids, in this order. */
  readonly specialTokens: readonly string[]
  /** Of `specialTokens`; put before every text when `addBos` is set. */
  readonly bosToken?: string
  readonly eosToken?: string
  readonly padToken?: string
  readonly addBos?: boolean
  /** A pair that occurs less often is not merged; default 2. */
  readonly minFrequency?: number
}

/** Contents of the two files that make a tokenizer folder, ready for `JSON.stringify`. */
export interface TrainedTokenizer {
  readonly tokenizerJson: Readonly<Record<string, unknown>>
  readonly tokenizerConfig: Readonly<Record<string, unknown>>
}

/** One distinct word: its current token ids and how often it occurs in the texts. */
interface Word {
  ids: number[]
  readonly count: number
}

/**
 * Trains a byte-level BPE tokenizer. The same texts and options give the same file, and the merges that the Python
 * library's trainer finds with all 256 bytes as initial alphabet.
 *
 * @throws INVALID_ARGUMENT when the vocabulary has no room for the bytes, or a named token is not a special token
 * @see Sennrich et al., "Neural machine translation of rare words with subword units" (2016)
 */
export function trainByteLevelBpe(texts: Iterable<string>, options: ByteLevelBpeOptions): TrainedTokenizer {
  checkOptions(options)
  const tokens = [...options.specialTokens, ...[...byteCharacters].sort()]
  const vocabulary = new Map(tokens.map((token, id) => [token, id]))
  const merges = learnMerges(countWords(texts, vocabulary), tokens, vocabulary, options)
  return {
    tokenizerJson: toTokenizerJson(vocabulary, merges, options),
    tokenizerConfig: toTokenizerConfig(options),
  }
}

function checkOptions(options: ByteLevelBpeOptions): void {
  const { vocabSize, specialTokens, bosToken, eosToken, padToken, addBos } = options
  const least = specialTokens.length + byteCharacters.length
  if (!Number.isInteger(vocabSize) || vocabSize < least) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `vocabSize must be an integer of at least ${least} (special tokens and 256 bytes); got ${vocabSize}. Raise it.`,
    )
  }
  const named = [bosToken, eosToken, padToken].flatMap((token) => token ?? [])
  const distinct = new Set(specialTokens).size === specialTokens.length
  // One character would take the place of a byte.
  if (
    !distinct ||
    specialTokens.some((token) => token.length < 2) ||
    !named.every((token) => specialTokens.includes(token))
  ) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'specialTokens must be distinct, longer than one character, and contain bosToken, eosToken and padToken.' +
        ` Got ${specialTokens.join(' ')}; add what is missing.`,
    )
  }
  if (addBos === true && bosToken === undefined) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'addBos needs a bosToken; got none. Name it, or leave addBos out.',
    )
  }
}

function countWords(texts: Iterable<string>, vocabulary: ReadonlyMap<string, number>): Word[] {
  const counts = new Map<string, number>()
  for (const text of texts) {
    for (const word of splitIntoWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const idOfByte = byteCharacters.map((character) => vocabulary.get(character) as number)
  const encoder = new TextEncoder()
  return [...counts].map(([word, count]) => ({
    ids: Array.from(encoder.encode(word), (byte) => idOfByte[byte] as number),
    count,
  }))
}

/** Both ids of a pair in one number: ids stay below 2^21. */
const pairBase = 2 ** 21

/**
 * Joins the most frequent pair again and again. Counts change only in the words that hold the pair, so a queue entry
 * may be out of date: it is then put back with its true count.
 *
 * @param tokens grows by one token per merge, as does `vocabulary`
 */
function learnMerges(
  words: readonly Word[],
  tokens: string[],
  vocabulary: Map<string, number>,
  { vocabSize, minFrequency = 2 }: ByteLevelBpeOptions,
): [string, string][] {
  const { counts, wordsWith } = countPairs(words)
  const queue = new MergeQueue()
  for (const [pair, count] of counts)
    queue.push({ left: Math.floor(pair / pairBase), right: pair % pairBase, count })
  const merges: [string, string][] = []
  while (tokens.length < vocabSize) {
    const best = queue.pop()
    if (best === undefined) break
    const pair = best.left * pairBase + best.right
    const count = counts.get(pair) ?? 0
    if (count !== best.count) {
      if (count > 0) queue.push({ ...best, count })
      continue
    }
    if (count < Math.max(1, minFrequency)) break
    const [left, right] = [tokens[best.left] as string, tokens[best.right] as string]
    const merged = vocabulary.get(left + right) ?? tokens.push(left + right) - 1
    vocabulary.set(left + right, merged)
    merges.push([left, right])
    const affected = wordsWith.get(pair) ?? new Set()
    const grown = new Set<number>()
    for (const index of affected) {
      mergeInWord(words[index] as Word, best.left, best.right, merged, (changed, change) => {
        counts.set(changed, (counts.get(changed) ?? 0) + change)
        if (change < 0) return
        grown.add(changed)
        const holders = wordsWith.get(changed)
        if (holders === undefined) wordsWith.set(changed, new Set([index]))
        else holders.add(index)
      })
    }
    counts.delete(pair)
    wordsWith.delete(pair)
    for (const changed of grown) {
      const current = counts.get(changed) ?? 0
      if (current > 0)
        queue.push({ left: Math.floor(changed / pairBase), right: changed % pairBase, count: current })
    }
  }
  return merges
}

function countPairs(words: readonly Word[]): {
  counts: Map<number, number>
  wordsWith: Map<number, Set<number>>
} {
  const counts = new Map<number, number>()
  const wordsWith = new Map<number, Set<number>>()
  words.forEach(({ ids, count }, index) => {
    for (let i = 0; i + 1 < ids.length; i++) {
      const pair = (ids[i] as number) * pairBase + (ids[i + 1] as number)
      counts.set(pair, (counts.get(pair) ?? 0) + count)
      const holders = wordsWith.get(pair)
      if (holders === undefined) wordsWith.set(pair, new Set([index]))
      else holders.add(index)
    }
  })
  return { counts, wordsWith }
}

/** Replaces the pair in one word, from left to right, and reports how much each neighbouring pair's count changed. */
function mergeInWord(
  word: Word,
  left: number,
  right: number,
  merged: number,
  report: (pair: number, change: number) => void,
): void {
  const { ids, count } = word
  const result: number[] = []
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] !== left || ids[i + 1] !== right) {
      result.push(ids[i] as number)
      continue
    }
    const before = result.at(-1)
    const after = ids[i + 2]
    if (before !== undefined) {
      report(before * pairBase + left, -count)
      report(before * pairBase + merged, count)
    }
    if (after !== undefined) {
      report(right * pairBase + after, -count)
      report(merged * pairBase + after, count)
    }
    result.push(merged)
    i++
  }
  word.ids = result
}

function toTokenizerJson(
  vocabulary: ReadonlyMap<string, number>,
  merges: readonly [string, string][],
  { specialTokens, bosToken, addBos }: ByteLevelBpeOptions,
): Record<string, unknown> {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  const bos =
    bosToken !== undefined && addBos === true ? [{ SpecialToken: { id: bosToken, type_id: 0 } }] : []
  const single = [...bos, { Sequence: { id: 'A', type_id: 0 } }]
  const special = bosToken === undefined || bos.length === 0 ? {} : specialTokenEntry(bosToken, vocabulary)
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: special,
    },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary),
      merges,
    },
  }
}

function specialTokenEntry(token: string, vocabulary: ReadonlyMap<string, number>): Record<string, unknown> {
  return { [token]: { id: token, ids: [vocabulary.get(token)], tokens: [token] } }
}

function toTokenizerConfig({ bosToken, eosToken, padToken }: ByteLevelBpeOptions): Record<string, unknown> {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...(bosToken === undefined ? {} : { bos_token: bosToken }),
    ...(eosToken === undefined ? {} : { eos_token: eosToken }),
    ...(padToken === undefined ? {} : { pad_token: padToken }),
    clean_up_tokenization_spaces: false,
    model_max_length: 1_000_000,
  }
}
