import { trait } from '../lexicon/lexicon.js'
import { americanTowns, brazilianTowns } from '../lexicon/municipalities.js'
import {
  americanStates,
  brazilianCities,
  brazilianStates,
  englishCities,
  stateNames,
} from '../lexicon/places.js'
import { gapBefore, isNameWord } from '../names/name-run.js'
import { PhraseIndex } from '../names/phrase-index.js'
import type { TextRange } from '../recognizer.js'
import type { ScannedText } from '../scanned-text.js'
import { isScholarly } from '../scholarly-text.js'
import { readCapitals } from './capital-run.js'
import { hasPlaceCue } from './place-cue.js'

const cities = new PhraseIndex(`${brazilianCities}, ${brazilianTowns}, ${englishCities}, ${americanTowns}`)
const states = new PhraseIndex(stateNames)
const brazilianCodes = new Set(brazilianStates.split(' '))
const stateCodes = new Set(`${brazilianStates} ${americanStates}`.split(' '))

const districtHeads = new Set([
  'bairro',
  'setor',
  'jardim',
  'jd',
  'vila',
  'vl',
  'parque',
  'pq',
  'conjunto',
  'residencial',
  'distrito',
  'povoado',
  'assentamento',
  'comunidade',
  'favela',
  'zona',
  'neighborhood',
  'county',
  'township',
])
const ruralHeads = new Set([
  'zona',
  'comunidade',
  'parque',
  'conjunto',
  'vila',
  'residencial',
  'setor',
  'distrito',
])
const stops = new Set([
  'cep',
  'tel',
  'telefone',
  'fone',
  'cpf',
  'rg',
  'no',
  'em',
  'na',
  'zip',
  'phone',
  'email',
])

/** A state, by code or name, stands right behind word `next`: `Goiânia/BA`, `Raleigh, NC`, `Recife - Pernambuco`. */
function hasStateAfter(scanned: ScannedText, next: number, isKnown: boolean): boolean {
  const gap = gapBefore(scanned, next)
  const word = scanned.words[next]
  // `FORT WAYNE IN 46802`: a postal code makes up for the comma.
  if (gap === ' ')
    return (
      word?.shape === 'upper' &&
      stateCodes.has(word.text) &&
      (isKnown ? /^(?:,? {1,2}\d{5}(?!\d)|[.;,]? ?(?:\n|$)|[.;,)] )/ : /^,? {1,2}\d{5}(?!\d)/).test(
        scanned.text.slice(scanned.ends[next], (scanned.ends[next] ?? 0) + 9),
      )
    )
  if (!/^(?: ?\/ ?|, ?| ?- ?| ?\()$/.test(gap)) return false
  if (word === undefined || (gap.includes('(') && !isKnown)) return false
  if (word.shape === 'upper') {
    if (!stateCodes.has(word.text) || (gap.includes('/') && !brazilianCodes.has(word.text))) return false
    return isKnown || scanned.words[next - 1]?.shape === 'capitalised'
  }
  const end = gap.includes('(') || word.shape !== 'capitalised' ? undefined : states.match(scanned, next)
  return end !== undefined && !(isCapital(scanned, end) && gapBefore(scanned, end) === ' ')
}

function isCapital(scanned: ScannedText, index: number): boolean {
  const shape = scanned.words[index]?.shape
  return shape === 'capitalised' || shape === 'upper'
}

const numericDate = /^(?:\d{1,2}[/.-](?:\d{1,2}|\p{L}{3,4})[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})(?!\d)/u

const firstOfDays =
  /^(?:primeiro|um|dois|tres|quatro|cinco|seis|sete|oito|nove|dez.{0,5}|onze|doze|treze|quatorze|catorze|quinze|vinte|trinta)$/

/** `sete de maio`, `vinte e um de maio`. */
function isDayInWords(scanned: ScannedText, first: number): boolean {
  if (!firstOfDays.test(scanned.words[first]?.folded ?? '')) return false
  const of = scanned.words[first + 1]?.folded === 'e' ? first + 3 : first + 1
  return scanned.words[of]?.folded === 'de' && ((scanned.words[of + 1]?.traits ?? 0) & trait.month) !== 0
}

/** `São Paulo, 12 de março de 2021`, `Tubarão, 23/03/1953`: the place of a letter or report. */
function isBeforeDate(scanned: ScannedText, next: number): boolean {
  const day = scanned.words[next]
  const start = scanned.starts[next] ?? 0
  if (gapBefore(scanned, next) === ', ' && numericDate.test(scanned.text.slice(start, start + 11)))
    return true
  if (day?.shape === 'lower' && gapBefore(scanned, next) === ', ' && isDayInWords(scanned, next)) return true
  return (
    day?.shape === 'number' &&
    gapBefore(scanned, next) === ', ' &&
    (scanned.words[next + 1]?.folded === 'de' ||
      /^[º°o] de /.test(scanned.text.slice(scanned.ends[next], (scanned.ends[next] ?? 0) + 5)))
  )
}

/** An unknown place at the start of a line, its date behind it: `Itapecerica da Serra, 10/09/2001`. */
function isLetterHead(scanned: ScannedText, index: number, end: number): boolean {
  const startsLine = index === 0 || /(?:\n[ \t]{0,8}|[.;] {1,2})$/.test(gapBefore(scanned, index))
  return startsLine && isBeforeDate(scanned, end) && isPlaceLike(scanned, index, end)
}

const houseWords = new Set(
  'hospital clinic center centre infirmary pharmacy school university college health care therapy hospice'.split(
    ' ',
  ),
)

/** A city alone in brackets behind a house: `Mountain View Hospital (Shiprock)`. */
function isBracketed(scanned: ScannedText, index: number, next: number): boolean {
  return (
    gapBefore(scanned, index) === ' (' &&
    gapBefore(scanned, next).startsWith(')') &&
    /^(?:capitalised|number|mixed)$/.test(scanned.words[index - 1]?.shape ?? '')
  )
}

/** A house number, a street or a district and a comma stand before: `Apt 9, Portland`. */
function isAfterAddress(scanned: ScannedText, index: number): boolean {
  const previous = scanned.words[index - 1]
  if (previous === undefined || !/^(?:, | - )$/.test(gapBefore(scanned, index))) return false
  if (previous.shape === 'number' || previous.shape === 'mixed')
    return previous.text.length <= 5 && !/^(?:1[89]|20)\d{2}$/.test(previous.text)
  if (
    /^(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|court|ct|way|place|pl|centro|fundos|frente|terreo)$/.test(
      previous.folded,
    )
  )
    return previous.shape !== 'lower' || previous.folded.length > 3
  // `Blessed Sacrament Hospital, Lansing.`
  if (previous.shape !== 'lower' && houseWords.has(previous.folded)) {
    const next = extendCity(scanned, cities.match(scanned, index)) ?? index + 1
    if (next >= scanned.words.length || /^[.;,)\n]/.test(gapBefore(scanned, next))) return true
  }
  for (let at = index - 1; at >= Math.max(0, index - 5); at--)
    if (districtHeads.has(scanned.words[at]?.folded ?? '')) return previous.shape === 'capitalised'
  return false
}

const known = trait.given | trait.surname

/** `Next of kin: Walter Sinclair, Boise.`: where a person lives, at the end of the sentence. */
function isAfterPerson(scanned: ScannedText, index: number, next: number): boolean {
  const previous = scanned.words[index - 1]
  const first = scanned.words[index - 2]
  if (previous === undefined || !/^\.?, $/.test(gapBefore(scanned, index))) return false
  if (next < scanned.words.length && !/^(?:[.;)]|\n)/.test(gapBefore(scanned, next))) return false
  const isName = (previous.traits & known) !== 0 || previous.text.length === 1
  const isFullName = first?.shape === 'capitalised' && (first.traits & known) !== 0
  const isCity = next > index + 1 || ((scanned.words[index]?.traits ?? 0) & known) === 0
  return isName && isFullName && isCity && previous.shape === 'capitalised' && !isScholarly(scanned)
}

/** `São Gonçalo do Amarante`: a known city's namesake. */
function extendCity(scanned: ScannedText, next: number | undefined): number | undefined {
  if (next === undefined || gapBefore(scanned, next) !== ' ' || gapBefore(scanned, next + 1) !== ' ')
    return next
  const isParticle = /^(?:d[aeo]s?)$/.test(scanned.words[next]?.text ?? '')
  return isParticle && scanned.words[next + 1]?.shape === 'capitalised' ? next + 2 : next
}

/** `Anápolis`, `Omaha`: a known city after a cue, or before its state. */
function readCity(scanned: ScannedText, index: number): number | undefined {
  const next = isCapital(scanned, index) ? extendCity(scanned, cities.match(scanned, index)) : undefined
  // `Glasgow 15`: a score.
  if (
    next !== undefined &&
    scanned.words[next]?.shape === 'number' &&
    /^ (?:\d|= ?)?$/.test(gapBefore(scanned, next))
  )
    return undefined
  if (
    next !== undefined &&
    (isBeforeDate(scanned, next) ||
      isBracketed(scanned, index, next) ||
      isAfterAddress(scanned, index) ||
      isAfterPerson(scanned, index, next) ||
      hasStateAfter(scanned, next, true) ||
      hasPlaceCue(scanned, index, true))
  ) {
    // São Paulo Hospital, Boston Children's: the city is part of a longer name.
    const isLabelled = /^\.?: {0,2}$/.test(gapBefore(scanned, index))
    return isCapital(scanned, next) &&
      gapBefore(scanned, next) === ' ' &&
      !hasStateAfter(scanned, next, true) &&
      !isLabelled
      ? undefined
      : next
  }
  const isUnknown = isCapital(scanned, index) && scanned.words[index]?.shape === 'capitalised'
  if (!isUnknown) return undefined
  const end = readCapitals(scanned, index, { maxWords: 5, stops })
  // `Lives in Albuquerque`: the city begins behind the preposition.
  if (end === index || scanned.words.slice(index, end).some((word) => /^(?:in|at|for)$/.test(word.folded)))
    return undefined
  if (isLetterHead(scanned, index, end)) return end
  const startsLine =
    index === 0 || !/^ $/.test(gapBefore(scanned, index)) || scanned.words[index - 1]?.shape === 'lower'
  if (startsLine && hasStateAfter(scanned, end, false) && isPlaceLike(scanned, index, end)) return end
  if (
    gapBefore(scanned, index) === ', ' &&
    scanned.words[index - 1]?.shape === 'capitalised' &&
    isAfterAddress(scanned, index) &&
    /^[.,;\n)]/.test(gapBefore(scanned, end))
  )
    return end
  const word = scanned.words[index]
  return word !== undefined &&
    (isNameWord(word, { afterCue: true }) || (word.traits & trait.wordLike) !== 0 || end - index > 1) &&
    hasPlaceCue(scanned, index, false) &&
    isPlaceLike(scanned, index, end)
    ? end
    : undefined
}

function isPlaceLike(scanned: ScannedText, first: number, next: number): boolean {
  if (states.match(scanned, first) === next) return false
  return (
    scanned.words
      .slice(first, next)
      .some((word) => (word.traits & (trait.safe | trait.safeEnding)) === 0 && word.text.length > 2) ||
    next - first > 1
  )
}

/** `Setor Bueno`, `Bairro Santa Efigênia`, `Jardim das Flores`. */
function readDistrict(scanned: ScannedText, index: number): { first: number; next: number } | undefined {
  const head = scanned.words[index]
  if (head === undefined || !districtHeads.has(head.folded)) return undefined
  const gap = gapBefore(scanned, index + 1)
  const isLabel = head.folded === 'bairro'
  if (!(gap === ' ' || gap === '. ' || (isLabel && /^: {0,3}$/.test(gap)))) return undefined
  if (!isLabel && head.shape === 'lower') return undefined
  // `Setor de Benefícios` is a department.
  if (head.folded === 'setor' && (scanned.words[index + 1]?.traits ?? 0) & trait.particle) return undefined
  const next = readCapitals(scanned, index + 1, { maxWords: 5, stops })
  if (next === index + 1) return undefined
  if (ruralHeads.has(head.folded) && !isPlaceLike(scanned, index + 1, next)) return undefined
  return { first: isLabel ? index + 1 : index, next }
}

/** Between a house number and a city: ` - Centro, Maceió/SC`. */
function readDistrictBeforeCity(scanned: ScannedText, index: number): number | undefined {
  if (!/ - $|^, $/.test(gapBefore(scanned, index)) || !isCapital(scanned, index)) return undefined
  const next = readCapitals(scanned, index, { maxWords: 5, stops })
  if (next === index || !/^(?:, | - )$/.test(gapBefore(scanned, next)) || !isCapital(scanned, next))
    return undefined
  const cityEnd = readCapitals(scanned, next, { maxWords: 5, stops })
  // `Radiologista - CRM/ES 11178`.
  if (/^(?:crm|crn|cro|crp|crf|coren|crefito|rqe|cress)$/.test(scanned.words[next]?.folded ?? ''))
    return undefined
  return cityEnd > next && hasStateAfter(scanned, cityEnd, true) ? next : undefined
}

/** Cities, municipalities and districts; the state beside them stays. */
export function* findPlaces(scanned: ScannedText): Generator<TextRange> {
  const { words, starts, ends } = scanned
  for (let index = 0; index < words.length; ) {
    const word = words[index]
    if (
      word === undefined ||
      word.shape === 'number' ||
      (word.shape === 'lower' && word.folded !== 'bairro')
    ) {
      index++
      continue
    }
    const district = readDistrict(scanned, index)
    const next = district?.next ?? readDistrictBeforeCity(scanned, index) ?? readCity(scanned, index)
    if (next !== undefined) yield { start: starts[district?.first ?? index] ?? 0, end: ends[next - 1] ?? 0 }
    index = next ?? index + 1
  }
}
