import type { AddedToken } from './tokenizer-json.js'

/** The stages of an engine that stand around its added tokens. */
export interface EngineStages {
  readonly normalizer: ((text: string) => string) | null
  readonly pre_tokenizer: ((text: string, options: { section_index: number }) => string[]) | null
  readonly model: (words: string[]) => string[]
}

interface Part {
  readonly text: string
  /** The added token's own content; undefined for text in between. */
  readonly token: string | undefined
  /** Where it begins, in UTF-16 units. */
  readonly begin: number
}

interface TrieNode {
  readonly next: Map<string, TrieNode>
  token?: AddedToken
}

const startsWithWord = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u
const endsWithWord = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u
const blanksAtStart = /^\p{White_Space}*/u
const blanksAtEnd = /\p{White_Space}*$/u

/**
 * Text → pieces with the Python library's treatment of added tokens. The npm package finds tokens that are not to be
 * normalized in normalized text too, takes other blanks beside them, and does not know `single_word`.
 */
export function encodeAround(
  stages: EngineStages,
  addedTokens: readonly AddedToken[],
): (text: string | null) => string[] | null {
  const { normalizer, pre_tokenizer: preTokenizer, model } = stages
  const normalize = (text: string): string => (text === '' || normalizer === null ? text : normalizer(text))
  const raw = buildTrie(addedTokens.filter(({ normalized }) => !normalized))
  const normalized = buildTrie(
    addedTokens.filter((token) => token.normalized),
    normalize,
  )
  const encodeSection = (text: string, isFirst: boolean): string[] =>
    splitAtTokens(text, normalized).flatMap(({ text: part, token, begin }) => {
      if (token !== undefined) return [token]
      if (part === '') return []
      const options = { section_index: isFirst && begin === 0 ? 0 : 1 }
      return model(preTokenizer === null ? [part] : preTokenizer(part, options))
    })
  return (text) => {
    if (text === null) return null
    return splitAtTokens(text, raw).flatMap(({ text: part, token, begin }) =>
      token === undefined ? encodeSection(normalize(part), begin === 0) : [token],
    )
  }
}

function buildTrie(
  tokens: readonly AddedToken[],
  normalize: (text: string) => string = (text) => text,
): TrieNode {
  const root: TrieNode = { next: new Map() }
  for (const token of tokens) {
    let node = root
    for (const unit of normalize(token.content).split('')) {
      const next: TrieNode = node.next.get(unit) ?? { next: new Map() }
      node.next.set(unit, next)
      node = next
    }
    if (node !== root) node.token ??= token
  }
  return root
}

/** Cuts a text at the leftmost, longest tokens; the blanks that a token takes are dropped. */
function splitAtTokens(text: string, trie: TrieNode): Part[] {
  if (trie.next.size === 0) return [{ text, token: undefined, begin: 0 }]
  const parts: Part[] = []
  let done = 0
  for (let at = 0; at < text.length; ) {
    const match = longestAt(text, at, trie)
    if (match === undefined) {
      at++
      continue
    }
    let begin = at
    at += match.length
    let end = at
    const { token } = match
    if (
      token.single_word &&
      (endsWithWord.test(text.slice(Math.max(0, begin - 2), begin)) ||
        startsWithWord.test(text.slice(end, end + 2)))
    )
      continue
    if (token.lstrip) begin = begin - (blanksAtEnd.exec(text.slice(done, begin))?.[0].length ?? 0)
    if (token.rstrip) end += blanksAtStart.exec(text.slice(end))?.[0].length ?? 0
    if (begin > done) parts.push({ text: text.slice(done, begin), token: undefined, begin: done })
    parts.push({ text: token.content, token: token.content, begin })
    done = end
  }
  if (done < text.length) parts.push({ text: text.slice(done), token: undefined, begin: done })
  return parts
}

function longestAt(
  text: string,
  begin: number,
  trie: TrieNode,
): { token: AddedToken; length: number } | undefined {
  let found: { token: AddedToken; length: number } | undefined
  let node: TrieNode | undefined = trie
  for (let at = begin; node !== undefined; at++) {
    if (node.token !== undefined) found = { token: node.token, length: at - begin }
    node = at < text.length ? node.next.get(text[at] ?? '') : undefined
  }
  return found
}
