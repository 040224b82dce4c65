import { createRequire } from 'node:module'
import type { isValidPhoneNumber } from 'libphonenumber-js/min'
import type { TextRange } from '../recognizer.js'
import type { ScannedText } from '../scanned-text.js'

type Validator = typeof isValidPhoneNumber

let validator: Validator | undefined

/** The numbering plans of all countries take longer to load than most texts to read: loaded by the first candidate. */
function isValid(number: string): boolean {
  validator ??= (createRequire(import.meta.url)('libphonenumber-js/min') as { isValidPhoneNumber: Validator })
    .isValidPhoneNumber
  return validator(number)
}

// Brazil and the North American plan have rules of their own, with area codes.
const candidate =
  /(?<![\p{L}\p{N}_@+])(?:\(?\+|(?<!\p{N}[.,/-])\(?00)(?!1|55)[2-9]\d{0,2}\)?[ .-]{0,2}(?:\(\d{1,5}\)[ .-]?)?\d(?:[ ./-]?\d){4,13}(?![\p{L}_])/uy
const lastGroup = /[ ./-]\d+$/
const fewestDigits = 8
const mostGroupsCut = 2

/** The longest valid number that a candidate begins with: what follows a number may be a dose or an age. */
function validLength(found: string, checked: Map<string, boolean>): number {
  const isChecked = (plain: string): boolean => {
    const known = checked.get(plain) ?? isValid(plain)
    checked.set(plain, known)
    return known
  }
  let number = found
  for (let cut = 0; cut <= mostGroupsCut; cut++) {
    const plain = dialled(number)
    if (plain.length <= fewestDigits) return 0
    // `+44 (0)20 …`: the zero is dialled only inside the country.
    if (isChecked(plain) || (number.includes('(0)') && isChecked(dialled(number.replace('(0)', '')))))
      return number.length
    const group = lastGroup.exec(number)
    if (group === null) return 0
    number = number.slice(0, group.index)
  }
  return 0
}

/** `0044 20 …` → `+4420…` */
function dialled(number: string): string {
  const digits = number.replaceAll(/\D/g, '')
  return `+${digits.startsWith('00') ? digits.slice(2) : digits}`
}

/** Numbers of other countries, after `+` or `00`, that their numbering plan allows. */
export function* findInternationalPhones({ text, anchors, digitsAhead }: ScannedText): Generator<TextRange> {
  let end = 0
  // A record repeats its numbers, and asking the library is the slow part.
  let checked: Map<string, boolean> | undefined
  for (const [index, start] of anchors.number.entries()) {
    if (start < end || (digitsAhead[index] ?? 0) < fewestDigits || !opensCandidate(text, start)) continue
    candidate.lastIndex = start
    const match = candidate.exec(text)
    if (match === null) continue
    // What was looked at once is not looked at again, valid or not: runs of `00 00 00` stay linear.
    end = start + match[0].length
    checked ??= new Map()
    const length = validLength(match[0], checked)
    if (length > 0) yield { start, end: start + length }
  }
}

function opensCandidate(text: string, start: number): boolean {
  const at = text[start] === '(' ? start + 1 : start
  return text[at] === '+' || (text[at] === '0' && text[at + 1] === '0')
}
