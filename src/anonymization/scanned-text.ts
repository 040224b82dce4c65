import { internWord, type Word } from './word.js'

/** A text with its words; every recognizer reads this one scan. Offsets are UTF-16 code units of `text`. */
export interface ScannedText {
  readonly text: string
  /** Start of word i. */
  readonly starts: readonly number[]
  /** End (exclusive) of word i. */
  readonly ends: readonly number[]
  readonly words: readonly Word[]
  readonly hasDigit: boolean
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

function classOf(code: number): number {
  if (code < tableSize) return classes[code] ?? 0
  const character = String.fromCharCode(code)
  if (/[\p{L}\p{M}]/u.test(character)) return 1
  return /\p{Nd}/u.test(character) ? 2 : 0
}

/** Splits a text into words: maximal runs of letters and digits. Linear in the length of the text. */
export function scanText(text: string): ScannedText {
  const starts: number[] = []
  const ends: number[] = []
  const words: Word[] = []
  let hasDigit = false
  let start = -1
  for (let index = 0; index <= text.length; index++) {
    const kind = index < text.length ? classOf(text.charCodeAt(index)) : 0
    if (kind === 2) hasDigit = true
    if (kind !== 0) {
      if (start < 0) start = index
    } else if (start >= 0) {
      starts.push(start)
      ends.push(index)
      words.push(internWord(text.slice(start, index)))
      start = -1
    }
  }
  return { text, starts, ends, words, hasDigit }
}
