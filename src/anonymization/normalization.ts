import type { TextRange } from './recognizer.js'

/** A text in the one form the rules are written for, and the way back to the original's offsets. */
export interface NormalizedText {
  readonly text: string
  /** The range of the original that became this range. UTF-16 code units on both sides. */
  readonly toOriginal: (range: TextRange) => TextRange
}

const spaces = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g
const dashes = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g
/** A full line that stops in mid-sentence goes on in the next one, unless that is a row of a table or a field. */
// The line break comes first: an engine that began with the lookbehind would try it at every character.
const wrappedLine =
  /\n(?<=[^\n;|\t]{50}[\p{L}\p{N},)]\n)(?=[\p{L}\p{N}(])(?![^\n:]{1,30}: ?)(?!\([\dA-Fa-f]{4},|\d{1,2}[.)] )(?![^\n]{0,60}(?:[;|\t]| {2}|[\p{L}.)],\S|\d,\d{2}[/-]))/gu
const unusual = /[^\t-~\u00a1-\u00ac\u00ae-\u02ff\u2018-\u201d\u2022\u2026]/u

// Ordinals, superscripts, subscripts and fractions stay: `nº` is a label and `2024¹` a year with a reference mark.
const kept = /^[\u00aa\u00b2\u00b3\u00b9\u00ba\u00bc-\u00be\u2070-\u209f\u2150-\u218f]/u
/**
 * What changes length: zero-width and soft characters, letters with their combining marks, compatibility forms, digits
 * of other scripts, and a line break inside a number or after the at sign.
 */
const changing =
  /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|[\p{L}\p{N}]\p{M}{1,4}|[\u0132-\u0133\u017f\u2100-\u214f\u2460-\u24ff\u3300-\u33ff\ufb00-\ufb06\uff01-\uff5e]|(?![0-9])\p{Nd}|[\u{1d400}-\u{1d7ff}]|(?<=\d[/-]|@)[ \t]{0,2}\r?\n[ \t]{0,4}(?=[\p{L}\p{N}])|(?<=\d\.)[ \t]{0,2}\r?\n[ \t]{0,4}(?=\p{N})|(?<=\d|\(\d{2,3}\))[ \t]{0,2}\r?\n[ \t]{0,4}(?=[./-]\d)|(?<=\(\d{2,3}\))[ \t]{0,2}\r?\n[ \t]{0,4}(?=\d{3,5}[ .-]?\d{4}(?!\d))/gu

/** What a line break inside a number or address needs before it; the rest of `changing` needs unusual characters. */
const breakable = /\n(?<=[\d./@)-][ \t]{0,2}\r?\n)/

const decimalZeros = /\p{Nd}/u

/** The value of a digit of any script: its distance from the zero of its block of ten. */
function digitValue(codePoint: number): string {
  let zero = codePoint
  while (codePoint - zero < 9 && decimalZeros.test(String.fromCodePoint(zero - 1))) zero--
  return String((codePoint - zero) % 10)
}

function replacementOf(match: string): string {
  if (kept.test(match)) return match
  if (/^[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/u.test(match)) return ''
  const composed = match.normalize('NFKC')
  return composed.replaceAll(/(?![0-9])\p{Nd}/gu, (digit) => digitValue(digit.codePointAt(0) ?? 0))
}

/** Brings compatibility forms, digits, dashes, spaces and line breaks to one form. Most texts pass unchanged. */
export function normalizeText(original: string): NormalizedText {
  let text = original
  const isUnusual = unusual.test(text)
  if (isUnusual) text = text.replace(spaces, ' ').replace(dashes, '-')
  if (text.includes('\n')) text = text.replace(wrappedLine, ' ')
  else if (!isUnusual) return { text, toOriginal: (range) => range }
  if (!isUnusual && !breakable.test(text)) return { text, toOriginal: (range) => range }
  changing.lastIndex = 0
  return changing.test(text) ? withOffsets(text) : { text, toOriginal: (range) => range }
}

function withOffsets(original: string): NormalizedText {
  const starts: number[] = []
  const ends: number[] = []
  let text = ''
  let copied = 0
  changing.lastIndex = 0
  const copyUntil = (end: number) => {
    for (let at = copied; at < end; at++) {
      starts.push(at)
      ends.push(at + 1)
    }
    text += original.slice(copied, end)
  }
  for (const match of original.matchAll(changing)) {
    copyUntil(match.index)
    copied = match.index + match[0].length
    const replacement = replacementOf(match[0])
    for (let unit = 0; unit < replacement.length; unit++) {
      starts.push(match.index)
      ends.push(copied)
    }
    text += replacement
  }
  copyUntil(original.length)
  return {
    text,
    toOriginal: ({ start, end }) => ({
      start: starts[start] ?? original.length,
      end: ends[end - 1] ?? start,
    }),
  }
}
