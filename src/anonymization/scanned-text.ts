import { trait } from './lexicon/lexicon.js'
import { internWord, type Word } from './word.js'

/** Where sticky patterns are tried, ascending offsets into the text. */
export interface Anchors {
  /** Words that begin with a digit, and the `+` or `(` right before them, also both. */
  readonly number: readonly number[]
  /** Words of letters and digits, and short words in capitals: plates, serials, document numbers. */
  readonly code: readonly number[]
  /** Names of months and the five words before each: written dates begin there. */
  readonly month: readonly number[]
}

/** A text with its words; every recognizer reads this one scan. Offsets are UTF-16 code units of `text`. */
export interface ScannedText {
  readonly text: string
  /** Start of word i. */
  readonly starts: readonly number[]
  /** End (exclusive) of word i. */
  readonly ends: readonly number[]
  readonly words: readonly Word[]
  readonly anchors: Anchors
  /** For each number anchor, the digits among the 24 characters from it: what most patterns fail by. */
  readonly digitsAhead: readonly number[]
}

// 1 = letter or combining mark, 2 = digit. Beyond the table a Unicode class decides.
const tableSize = 0x250
const classes = new Uint8Array(tableSize)
for (let code = 0; code < tableSize; code++) {
  const character = String.fromCharCode(code)
  if (/\p{L}/u.test(character)) classes[code] = 1
  else if (/\p{Nd}/u.test(character)) classes[code] = 2
}
// Ordinal marks are letters to Unicode; to us they end a word: `nº`, `1ª`.
classes[0xaa] = 0
classes[0xba] = 0

function isWordUnit(code: number): boolean {
  if (code < tableSize) return classes[code] !== 0
  // A surrogate pair is a letter of a rare script or an emoji; neither is part of a name or number here.
  return /[\p{L}\p{M}\p{Nd}]/u.test(String.fromCharCode(code))
}

const wordsBeforeMonth = 5
const longestCapitals = 4

/** Splits a text into words: maximal runs of letters and digits. Linear in the length of the text. */
export function scanText(text: string): ScannedText {
  const starts: number[] = []
  const ends: number[] = []
  const words: Word[] = []
  let start = -1
  for (let index = 0; index <= text.length; index++) {
    if (index < text.length && isWordUnit(text.charCodeAt(index))) {
      if (start < 0) start = index
    } else if (start >= 0) {
      starts.push(start)
      ends.push(index)
      words.push(internWord(text.slice(start, index)))
      start = -1
    }
  }
  const anchors = findAnchors(text, starts, words)
  const digitsAhead = anchors.number.map((start) => countDigits(text, start))
  return { text, starts, ends, words, anchors, digitsAhead }
}

const digitWindow = 24

function countDigits(text: string, start: number): number {
  let count = 0
  const end = Math.min(text.length, start + digitWindow)
  for (let at = start; at < end; at++) if (classes[text.charCodeAt(at)] === 2) count++
  return count
}

function findAnchors(text: string, starts: readonly number[], words: readonly Word[]): Anchors {
  const number: number[] = []
  const code: number[] = []
  const month: number[] = []
  let nextMonthWord = 0
  for (const [index, word] of words.entries()) {
    const start = starts[index] ?? 0
    if (classes[text.charCodeAt(start)] === 2) pushNumberAnchors(text, start, number)
    if (word.shape === 'mixed' || (word.shape === 'upper' && word.text.length <= longestCapitals))
      code.push(start)
    if ((word.traits & trait.month) === 0) continue
    for (let at = Math.max(nextMonthWord, index - wordsBeforeMonth); at <= index; at++)
      month.push(starts[at] ?? 0)
    nextMonthWord = index + 1
  }
  return { number, code, month }
}

function pushNumberAnchors(text: string, start: number, anchors: number[]): void {
  const before = text[start - 1]
  if (before === '(' || before === '+') {
    if (text[start - 2] === (before === '(' ? '+' : '(')) anchors.push(start - 2)
    anchors.push(start - 1)
  }
  anchors.push(start)
}
