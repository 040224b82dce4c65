import { type LabelRule, type TextRange, toldConnector } from './recognizer.js'
import type { ScannedText } from './scanned-text.js'
import { scanText } from './scanned-text.js'

interface Entry<Owner> {
  readonly owner: Owner
  readonly rule: LabelRule
  /** The label's words after the first. */
  readonly rest: readonly string[]
}

/** A value found behind a label. */
export interface LabelledValue<Owner> extends TextRange {
  readonly owner: Owner
  readonly rule: LabelRule
}

// What may stand between two words of one label: `Nº do prontuário`, `D.N.`, `patient-ID`.
const innerGap = /^[ .º°/'’(_-]{1,3}$/
// What is counted or measured is no number of a document: `amostra (12345 adultos)`.
const counted =
  /^ ?(?:%|[mkµμ]?g(?:\/|(?!\p{L}))|mL|mm|UI(?!\p{L})|IU(?!\p{L})|(?:participa|pa[ct]ient(?!s?[_=:])|subject|sujeit|individu|indiv[íi]du|adult|child|crian[çc]|women|woman|men(?!\p{L})|mulher|homen|people|pesso|cases|casos|controls?(?!\p{L})|deaths|[óo]bitos|births|nascid|samples|amostras|exames|cells|c[ée]lulas|copies|c[óo]pias|students|alunos|nurses|residents|reads|genes|interna[çc][õo]es|hospitali[sz]))/iu
const yearsOnly = /^(?:19|20)\d{2}(?:[-/](?:19|20)\d{2})?$/
// `amostra (n = 12345)` is the size of a sample.
const countBefore = /(?<![\p{L}\p{N}/])n ?= ?$/iu
const particles = new Set(['de', 'do', 'da', 'dos', 'das'])
// Shorter labels written in one word would be words of their own.
const shortestJoined = 7

/** Labels by first word, so that a text is walked once however many labels there are. */
export class LabelIndex<Owner> {
  readonly #entries = new Map<string, Entry<Owner>[]>()

  add(owner: Owner, rule: LabelRule): void {
    for (const label of rule.labels) {
      const words = scanText(label).words.map((word) => word.folded)
      const [first = '', ...rest] = words
      this.#addEntry(first, { owner, rule, rest })
      // A field of a program: `patientId`, `numeroCarteira`.
      const joined = words.filter((word) => !particles.has(word)).join('')
      if (rest.length > 0 && joined.length >= shortestJoined)
        this.#addEntry(joined, { owner, rule, rest: [] })
    }
  }

  #addEntry(first: string, entry: Entry<Owner>): void {
    const entries = this.#entries.get(first) ?? []
    entries.push(entry)
    this.#entries.set(first, entries)
  }

  /** Every labelled value of the text, in order of their labels. */
  find(scanned: ScannedText): LabelledValue<Owner>[] {
    const found: LabelledValue<Owner>[] = []
    for (const [index, word] of scanned.words.entries()) {
      const entries = this.#entries.get(word.folded)
      if (entries === undefined) continue
      for (const entry of entries) {
        const value = readValue(scanned, index, entry)
        if (value !== undefined) found.push(value)
      }
    }
    return found
  }
}

function readValue<Owner>(
  scanned: ScannedText,
  index: number,
  entry: Entry<Owner>,
): LabelledValue<Owner> | undefined {
  const { text, starts, ends, words } = scanned
  for (const [offset, expected] of entry.rest.entries()) {
    const at = index + offset + 1
    if (words[at]?.folded !== expected || !innerGap.test(text.slice(ends[at - 1], starts[at])))
      return undefined
  }
  const { rule, owner } = entry
  const labelEnd = ends[index + entry.rest.length] ?? text.length
  const labelStart = starts[index] ?? 0
  if (rule.isTold === true) {
    const before = readBefore(text, labelStart, labelEnd, rule)
    if (before !== undefined) return { ...before, owner, rule }
  }
  if (isBehindValue(text, labelStart, labelEnd)) return undefined
  const direct = readBehind(text, labelEnd, rule, rule.connector)
  if (direct !== undefined) return { ...direct, owner, rule }
  if (rule.isTold !== true || !hasDigitSoon(text, labelEnd)) return undefined
  const told = readBehind(text, labelEnd, rule, toldConnector)
  return told !== undefined && isToldNumber(text, told) && isInsertedWhole(text, told)
    ? { ...told, owner, rule }
    : undefined
}

/** `7.385.218 (RG), 1277 7605`: the label in brackets belongs to what stands before it. */
function isBehindValue(text: string, labelStart: number, labelEnd: number): boolean {
  if (text[labelEnd] !== ')' || text[labelStart - 1] !== '(') return false
  return /\d[A-Z\d-]{0,4} ?\($/.test(text.slice(Math.max(0, labelStart - 8), labelStart))
}

const valueBefore =
  /(?:^|[\s,;:(])((?:[A-Z]{1,4}[-. ]?)?[\dA-Z](?:[ ./-]?\d|[A-Z]){3,20}(?:-[A-Z\d]{1,5}){0,3})(?: ?\(| n[oa] )$/u
const longestBefore = 42
const fewestDigitsBefore = 4

/** A number with its label behind it: `7.385.218 (RG)`, `MWSEV8J6000491 no CNPJ`. */
function readBefore(
  text: string,
  labelStart: number,
  labelEnd: number,
  { value, accept }: LabelRule,
): TextRange | undefined {
  const isBracketed = text[labelStart - 1] === '(' && text[labelEnd] === ')'
  if (!isBracketed && !/ n[oa] $/.test(text.slice(Math.max(0, labelStart - 4), labelStart))) return undefined
  const lead = text.slice(Math.max(0, labelStart - longestBefore), labelStart)
  const found = valueBefore.exec(lead)
  if (found === null) return undefined
  const [whole, number = ''] = found
  const start = labelStart - lead.length + found.index + whole.indexOf(number)
  const range = { start, end: start + number.length }
  value.lastIndex = start
  const match = value.exec(text)
  if (match === null || match[0].length !== number.length || !isToldNumber(text, range)) return undefined
  if (number.replace(/\D/g, '').length < fewestDigitsBefore + (isBracketed ? 0 : 2)) return undefined
  return accept === undefined || accept(number, { ...range, text }) ? range : undefined
}

function readBehind(
  text: string,
  labelEnd: number,
  { value, accept }: LabelRule,
  connector: RegExp,
): TextRange | undefined {
  connector.lastIndex = labelEnd
  if (!connector.test(text)) return undefined
  value.lastIndex = connector.lastIndex
  const match = value.exec(text)
  if (match === null) return undefined
  const range = { start: match.index, end: match.index + match[0].length }
  if (isNoDocument(text, range)) return undefined
  return accept === undefined || accept(match[0], { ...range, text }) ? range : undefined
}

const toldReach = 90

/** Most sentences behind a word that is also a label hold no number: they are left at a glance. */
function hasDigitSoon(text: string, from: number): boolean {
  const end = Math.min(text.length, from + toldReach)
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x30 && code <= 0x39) return true
    if (code === 0x0a) return false
  }
  return false
}

// Dates, pressures, years, decimals are told too, and of no document.
const noNumber =
  /^(?:(?:[0-2]?\d|3[01])[/.-](?:[0-2]?\d|3[01])[/.-]\d{2,4}|\d{2,3}\/\d{2,3}|(?:18|19|20)\d{2}(?:[-/]\d{2,4})?|\d{1,3}\.\d{1,2})$/

/** Three digits and five characters, or four digits. */
function isToldNumber(text: string, { start, end }: TextRange): boolean {
  const value = text.slice(start, end)
  const digits = value.replace(/\D/g, '').length
  return (digits > 3 || (digits === 3 && value.length > 4)) && !noNumber.test(value)
}

// What a number of a document never counts.
const measured =
  /^ ?(?:reais|d[óo]lares|dollars|euros|anos|years|dias|days|horas|hours|vezes|times|metros|meters|km|p[áa]ginas|pages|units|unidades|c[óo]pias|copies)(?!\p{L})/iu

/** Between commas or brackets a number is told only where the second one stands, and never with what it counts: `the number she gave, 551287, did not match`. */
function isInsertedWhole(text: string, { start, end }: TextRange): boolean {
  const digits = text.slice(start, end).replace(/\D/g, '').length
  const tail = text.slice(end, end + 12)
  if (measured.test(tail)) return false
  if (text[start - 1] === '(') return digits > 4 && tail.startsWith(')')
  if (text[start - 2] === ',') return digits > 3 && /^(?:[,;.)]|\s*$)/.test(tail)
  return true
}

/** A count, a measure, the size of a sample, a span of years, a year in brackets. */
function isNoDocument(text: string, { start, end }: TextRange): boolean {
  if (counted.test(text.slice(end, end + 16)) || countBefore.test(text.slice(Math.max(0, start - 5), start)))
    return true
  const isYears = end - start <= 9 && yearsOnly.test(text.slice(start, end))
  return isYears && (end - start > 4 || text[start - 1] === '(')
}
