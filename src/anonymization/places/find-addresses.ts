import { trait } from '../lexicon/lexicon.js'
import { gapBefore } from '../names/name-run.js'
import type { TextRange } from '../recognizer.js'
import type { ScannedText } from '../scanned-text.js'
import { readCapitals } from './capital-run.js'

const streetHeads = new Set(
  'rua r avenida av travessa tv trav alameda al praca pca pc rodovia rod estrada estr largo viela beco ladeira via viaduto loteamento condominio cond quadra qd sqs sqn shis qnm qnn conjunto residencial chacara sitio fazenda servidao passagem vila br'.split(
    ' ',
  ),
)
// Written short they need their dot or a capital name with a number after it.
const shortHeads = new Set([
  'r',
  'av',
  'tv',
  'trav',
  'al',
  'pc',
  'pca',
  'rod',
  'estr',
  'cond',
  'qd',
  'br',
  'via',
  'passagem',
  'quadra',
  'conjunto',
  'largo',
  'vila',
  'residencial',
  'sitio',
  'fazenda',
  'chacara',
  'beco',
])
const stops = new Set([
  'cep',
  'tel',
  'telefone',
  'fone',
  'bairro',
  'cpf',
  'rg',
  'no',
  'em',
  'cidade',
  'phone',
  'email',
])

/** Number, kilometre and complement behind a street's name. */
const houseNumber =
  /(?:,? {1,2}(?:na )?altura d[oe] (?:n[º°o.]{1,2} ?|n[uú]mero )?\d{1,6}(?![\p{N}/])|(?:,\n?| -| )? {0,2}(?:(?:[nN]|[nN][º°o.]|nº\.|n[uú]mero|num\.?|#)\.? {0,2})?(?:\d{1,3}\.\d{3}|\d{1,6})(?:-?[A-Za-z](?!\p{L}))?(?![\p{N}/]|[-.]\d{3})|,? (?:km|KM|Km) ?\d{1,4}(?:[.,]\d{1,3})?|,? ?[sS]\/? ?[nN][º°]?(?![\p{L}\p{N}]))/uy
const complement =
  /(?:,| -|\/| )? {0,2}(?:ap(?:to|t|artamento)?\.?|bloco|bl\.?|sala|sl\.?|casa|cs\.?|fundos|frente|andar|cj|conj(?:unto)?\.?|lote|lt\.?|quadra|qd\.?|torre|loja|lj\.?|sobreloja|cobertura|sobrado|km|box|unidade|edif[íi]cio|ed\.?|t[ée]rreo|\d{1,2}[º°o] andar)(?!\p{L})(?: {0,2}[:nº°]{0,2} {0,1}(?:\d{1,5}[A-Za-z]?|[A-Z])(?![\p{L}\p{N}]))?/iuy
const usComplement =
  /,? {0,2}(?:apt|apartment|suite|ste|unit|floor|fl|room|rm|bldg|building|lot|#)\.? {0,1}#?[A-Za-z]?-?\d{0,5}[A-Za-z]?(?![\p{L}\p{N}])/iuy
const usSuffix =
  /^(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|terrace|ter|highway|hwy|parkway|pkwy|circle|cir|trail|trl|square|sq|loop|alley|row|crescent|close|gardens|mews|pike|turnpike|route|plaza|path|run|crossing|ridge|point|walk|broadway)$/

function extend(text: string, end: number, pattern: RegExp, times: number): number {
  let at = end
  for (let round = 0; round < times; round++) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null || match[0].length === 0) break
    at += match[0].length
  }
  return at
}

/** `Travessa Barão de Castro nº 2030, bloco B, apto 912`. */
function readBrazilian(scanned: ScannedText, index: number): TextRange | undefined {
  const { text, words, starts, ends } = scanned
  const head = words[index]
  if (head === undefined || !streetHeads.has(head.folded) || head.shape === 'mixed') return undefined
  const gap = gapBefore(scanned, index + 1)
  if (gap !== ' ' && gap !== '. ' && gap !== '.' && gap !== '-') return undefined
  const isShort = shortHeads.has(head.folded) || head.shape === 'lower'
  const next = readCapitals(scanned, index + 1, { maxWords: 8, stops, allowNumbers: true })
  if (next === index + 1) return undefined
  // A number that ended the name is the house's: `Rua 15, 20` keeps both, `Rua Augusta 1500` too.
  const nameEnd = ends[next - 1] ?? 0
  const numbered = extend(text, nameEnd, houseNumber, 1)
  const end = extend(text, numbered, complement, 4)
  const lastIsNumber = words[next - 1]?.shape === 'number'
  const hasName = words.slice(index + 1, next).some((word) => word.shape !== 'number' && word.text.length > 1)
  // `Quadra 60, Lote 7`.
  const isLot =
    (head.folded === 'quadra' || head.folded === 'qd') &&
    /^,? (?:lote|lt|casa|conj)/i.test(text.slice(nameEnd, nameEnd + 8))
  if (isLot && lastIsNumber) return { start: starts[index] ?? 0, end }
  if (isShort && (!hasName || (end === nameEnd && !lastIsNumber))) return undefined
  if (!hasName && end === nameEnd) return undefined
  return { start: starts[index] ?? 0, end }
}

/** `Dr. Murphy`: a doctor, no drive. */
function isTitle(scanned: ScannedText, index: number): boolean {
  return (
    scanned.words[index]?.folded === 'dr' &&
    /^\.? $/.test(gapBefore(scanned, index + 1)) &&
    scanned.words[index + 1]?.shape === 'capitalised'
  )
}

/** `769 Adams Blvd, Suite 835`. */
function readAmerican(scanned: ScannedText, index: number): TextRange | undefined {
  const { text, words, starts, ends } = scanned
  const house = words[index]
  if (house === undefined || !/^\d{1,6}[A-Za-z]?$/.test(house.text)) return undefined
  if (/[.,/\d-]/.test(text[(starts[index] ?? 0) - 1] ?? '') || gapBefore(scanned, index + 1) !== ' ')
    return undefined
  for (let at = index + 1; at <= index + 6; at++) {
    const word = words[at]
    const gap = gapBefore(scanned, at)
    if (word === undefined || !/^(?: |\. |-|['’])$/.test(gap)) return undefined
    const isNumbered =
      numberedRoad.test(word.folded) &&
      /^\d{1,4}$/.test(words[at + 1]?.text ?? '') &&
      gapBefore(scanned, at + 1) === ' '
    if (isNumbered && word.shape !== 'lower')
      return { start: starts[index] ?? 0, end: extend(text, ends[at + 1] ?? 0, usComplement, 3) }
    const isSuffix =
      (at > index + 1 || word.folded === 'broadway') && usSuffix.test(word.folded) && word.shape !== 'lower'
    // `Oak Ridge Pkwy`: the last suffix ends the street.
    const hasAnother =
      gapBefore(scanned, at + 1) === ' ' &&
      words[at + 1]?.shape === 'capitalised' &&
      usSuffix.test(words[at + 1]?.folded ?? '')
    if (isSuffix && !hasAnother && !isTitle(scanned, at)) {
      const direction =
        /^(?:[NSEW]{1,2}|North|South|East|West)$/.test(words[at + 1]?.text ?? '') &&
        gapBefore(scanned, at + 1) === ' '
      const suffixEnd = ends[direction ? at + 1 : at] ?? 0
      const dotted =
        text[suffixEnd] === '.' && /^(?:,| )/.test(text.slice(suffixEnd + 1, suffixEnd + 2))
          ? suffixEnd + 1
          : suffixEnd
      const end = extend(text, dotted, usComplement, 3)
      return { start: starts[index] ?? 0, end: end === dotted ? suffixEnd : end }
    }
    const isOrdinal = /^\d{1,3}(?:st|nd|rd|th)$/i.test(word.text)
    if (!isOrdinal && (word.shape === 'lower' || word.shape === 'number')) return undefined
    if ((word.traits & trait.month) !== 0) return undefined
  }
  return undefined
}

const numberedRoad = /^(?:road|rd|route|rte|highway|hwy|fm|cr|sr)$/

const streetPrepositions = new Set('on at along near off down behind from to of and'.split(' '))
const wholeSuffix =
  /^(?:street|avenue|road|boulevard|blvd|lane|drive|court|terrace|highway|parkway|pkwy|square|alley|crescent|turnpike|ave|rd|ln)$/

/** `on Cedar Avenue`: a street without its number, behind a preposition. */
function readNumberless(scanned: ScannedText, index: number): TextRange | undefined {
  const { words, starts, ends } = scanned
  const preposition = words[index - 1]
  if (
    preposition === undefined ||
    !streetPrepositions.has(preposition.folded) ||
    gapBefore(scanned, index) !== ' '
  )
    return undefined
  for (let at = index; at <= index + 4; at++) {
    const word = words[at]
    if (word === undefined || (at > index && !/^(?: |\. |-|['’])$/.test(gapBefore(scanned, at))))
      return undefined
    if (at > index && word.shape === 'capitalised' && wholeSuffix.test(word.folded) && !isTitle(scanned, at))
      return { start: starts[index] ?? 0, end: ends[at] ?? 0 }
    if (word.shape !== 'capitalised' && !/^\d{1,3}(?:st|nd|rd|th)$/.test(word.text)) return undefined
  }
  return undefined
}

/** Street addresses of both countries. */
export function* findAddresses(scanned: ScannedText): Generator<TextRange> {
  for (let index = 0; index < scanned.words.length; index++) {
    const range =
      readBrazilian(scanned, index) ?? readAmerican(scanned, index) ?? readNumberless(scanned, index)
    if (range !== undefined) yield range
  }
}
