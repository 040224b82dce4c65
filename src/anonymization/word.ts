import { traitsOf } from './lexicon/lexicon.js'

/** How a word is written; names are found by it. */
type WordShape = 'lower' | 'capitalised' | 'upper' | 'mixed' | 'number'

/** One distinct spelling. Interned: equal spellings are the same object, so per-word facts are computed once. */
export interface Word {
  readonly text: string
  /** Lower case without diacritics: `João` → `joao`. Keys of every dictionary and label are written this way. */
  readonly folded: string
  readonly shape: WordShape
  /** Bits of `trait`. */
  readonly traits: number
}

// Bounded so that a long stream of numbers cannot grow it; refilling costs less than evicting one by one.
const maxInterned = 60_000
const interned = new Map<string, Word>()
const ascii = /^[ -~]*$/
const diacritics = /[\u0300-\u036f]/g

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x30 || code > 0x39) return false
  }
  return true
}

/** Lower case without diacritics. */
export function fold(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  return text.normalize('NFD').replace(diacritics, '').toLowerCase()
}

/** The interned word of this spelling. */
export function internWord(text: string): Word {
  const known = interned.get(text)
  if (known !== undefined) return known
  // Every number and nearly every code is another one: keeping them would only push the words out.
  if (isDigits(text)) return { text, folded: text, shape: 'number', traits: 0 }
  const first = text.charCodeAt(0)
  if (first >= 0x30 && first <= 0x39) {
    const folded = fold(text)
    return { text, folded, shape: shapeOf(text), traits: traitsOf(folded) }
  }
  if (interned.size >= maxInterned) interned.clear()
  const folded = fold(text)
  const word: Word = { text, folded, shape: shapeOf(text), traits: traitsOf(folded) }
  interned.set(text, word)
  return word
}

function shapeOf(text: string): WordShape {
  if (/\p{Nd}/u.test(text)) return /\p{L}/u.test(text) ? 'mixed' : 'number'
  const rest = text.slice(1)
  const upperFirst = text[0] !== text[0]?.toLowerCase()
  if (!upperFirst) return text === text.toLowerCase() ? 'lower' : 'mixed'
  if (rest === rest.toLowerCase()) return 'capitalised'
  return text === text.toUpperCase() ? 'upper' : 'mixed'
}
