import { thingsBefore, thingsBehind } from '../lexicon/eponym-things.js'
import { trait } from '../lexicon/lexicon.js'
import type { ScannedText } from '../scanned-text.js'
import type { Word } from '../word.js'
import { gapBefore, isInitial, type NameRun } from './name-run.js'

const never = { text: '', folded: '', shape: 'number', traits: 0 } as const

const things = new Set(thingsBehind.trim().split(/\s+/))
const thingsOf = new Set(thingsBefore.trim().split(/\s+/))

/** First words of places and of houses named after people. */
const placePrefixes = new Set(
  'north south east west norte sul leste oeste new nova novo san santa santo sao los las el st saint port porto fort mount monte vila villa hopital king queen lake cape cabo ilha great upper lower central royal'.split(
    ' ',
  ),
)

const ageAfter =
  /^(?: {1,3}(?=\d{1,3} ?(?:a|[MF])(?!\p{L}))|, ?(?:an? |an otherwise healthy |uma? )?| ?\(|,? (?:is|was|é|com|de|aged) (?:a |an |um |uma )?)(?:[MFHmf][,;)]? ?|(?:masculino|feminino|sexo [a-z]{8,9}|male|female|homem|mulher)[,;]? )?(?:de |com |aged |age |idade:? )?\d{1,3}(?:[ -]?(?:anos?|a(?=[,. ])|years?|yrs?|y\/?o|yo|meses|months?|mos?(?!\p{L})|m\/o|weeks?|wk|wks|semanas?|days?|dias?|[MF](?=[,;. )])|[-–]?year)|(?=\)))/u

const longestAbbreviation = 3

/** The word standing `distance` before the run, if nothing but a space or a particle's gap is between. */
function precedingThing(scanned: ScannedText, first: number): boolean {
  const previous = scanned.words[first - 1]
  if (previous === undefined) return false
  const gap = gapBefore(scanned, first)
  // `St. Jude`, never the sentence before: `Nega febre. Maria volta`.
  const isAbbreviated = gap === '. ' && previous.text.length <= longestAbbreviation
  if (!isAbbreviated && /[^ \-–]/.test(gap)) return false
  if (thingsOf.has(previous.folded)) return true
  if ((previous.traits & trait.particle) === 0 && previous.folded !== 'of') return false
  const owner = scanned.words[first - 2]
  if (owner === undefined || gapBefore(scanned, first - 1) !== ' ') return false
  return thingsOf.has(owner.folded) || isCoordinated(scanned, first - 2) || isOfGrade(scanned, first - 2)
}

const mostCoordinated = 8

/** `fraturas de Colles à direita e de Smith`: the thing stands before the first of two names. */
function isCoordinated(scanned: ScannedText, joint: number): boolean {
  if (!/^(?:e|ou|and|or)$/.test(scanned.words[joint]?.text ?? '')) return false
  for (let at = joint - 1; at > Math.max(0, joint - mostCoordinated); at--) {
    if (/[.;:\n]/.test(gapBefore(scanned, at + 1))) return false
    const isEponymous = ((scanned.words[at]?.traits ?? 0) & trait.eponym) !== 0
    if (isEponymous && thingsOf.has(scanned.words[at - 2]?.folded ?? '')) return true
  }
  return false
}

/** `grau 2 de Nottingham`, `tipo IIIa de Gustilo`. */
function isOfGrade(scanned: ScannedText, grade: number): boolean {
  return (
    /^(?:\d{1,2}[a-z]?|[IVX]{1,4}[a-z]?)$/i.test(scanned.words[grade]?.text ?? '') &&
    /^(?:grau|tipo|estagio|classe|grade|type|stage|class)$/.test(scanned.words[grade - 1]?.folded ?? '')
  )
}

/** Diseases, signs, scales, streets and citations carry names of people who are not in the record. */
export function isEponym(scanned: ScannedText, run: NameRun): boolean {
  return isOfThing(scanned, run) || isAllEponyms(scanned, run) || isGraded(scanned, run)
}

const graded =
  /^(?:giordano|murphy|wagner|rutherford|fontaine|stanford|forrest|killip|child|garden|clark|tanner|tossy|hurley|norwood)$/

/** `Wagner 1`, `Forrest IIa`: a classification named after somebody. */
function isGraded(scanned: ScannedText, run: NameRun): boolean {
  if (run.length !== 1 || !graded.test(scanned.words[run.first]?.folded ?? '')) return false
  const next = scanned.words[run.next]?.text ?? ''
  if (
    /^ ?(?:\(?[+-]|positiv|negativ|ausente|presente)/.test(
      scanned.text.slice(scanned.ends[run.next - 1], (scanned.ends[run.next - 1] ?? 0) + 10),
    )
  )
    return true
  return gapBefore(scanned, run.next) === ' ' && /^(?:\d|(?:I{1,3}|IV|VI?)[a-d]?)$/.test(next)
}

// A full name is a person's even behind `exame de`.
const fullNameScore = 3

/** A disease, sign, street or citation stands beside the name. */
export function isOfThing(scanned: ScannedText, run: NameRun): boolean {
  const { words } = scanned
  if (isStatute(scanned, run.first)) return true
  if ((run.length === 1 || run.score < fullNameScore) && precedingThing(scanned, run.first)) return true
  // The second half of a compound: Mann-Whitney.
  if (
    run.first > 0 &&
    gapBefore(scanned, run.first) === '-' &&
    words[run.first - 1]?.shape === 'capitalised' &&
    (run.length === 1 ||
      ((words[run.first - 1]?.traits ?? 0) & trait.eponym) !== 0 ||
      (run.length === 2 && isInitial(words[run.next - 1] ?? never)))
  )
    return true
  const following = words[run.next]
  if (following !== undefined) {
    const gap = gapBefore(scanned, run.next)
    if (/^[ -]$/.test(gap) && (isThing(scanned, run, following) || following.folded === 'et')) return true
    // Crohn's disease; and Johnson & Johnson.
    if (/^['’]$/.test(gap) && following.text === 's' && things.has(words[run.next + 1]?.folded ?? ''))
      return true
    if (gap === ' & ' && following.shape !== 'lower') return true
  }
  if (run.first > 0 && gapBefore(scanned, run.first) === ' & ') return true
  const previous = words[run.first - 1]
  const isPartOfPlace =
    previous !== undefined &&
    previous.shape === 'capitalised' &&
    placePrefixes.has(previous.folded) &&
    /^\.? $/.test(gapBefore(scanned, run.first))
  return isPartOfPlace || placePrefixes.has(words[run.first]?.folded ?? '')
}

/** `Lei nº 8.080`, `Lei Orgânica`: a law, though Lei is a name. */
function isStatute(scanned: ScannedText, index: number): boolean {
  if (scanned.words[index]?.folded !== 'lei') return false
  const end = scanned.ends[index] ?? 0
  return /^ (?:n[º°o.]|\d|federal|estadual|municipal|org[âa]nica|complementar|geral|de |d[ao] )/i.test(
    scanned.text.slice(end, end + 14),
  )
}

/** `disease` of `Crohn disease`; not `Law` of `Shanice L. Law`. */
function isThing(scanned: ScannedText, run: NameRun, following: Word): boolean {
  if (!things.has(following.folded)) return false
  const last = scanned.words[run.next - 1]
  return following.shape === 'lower' || last === undefined || last.text.length > 1
}

/** Kaplan-Meier, Mann-Whitney, Crohn: every word is an eponym, and none needs a thing beside it. */
function isAllEponyms(scanned: ScannedText, run: NameRun): boolean {
  // `Mann-Whitney U`, `Martin-Hopkins`: a pair with one eponym that is no given name.
  if (run.length > 1 && gapBefore(scanned, run.first + 1) === '-') {
    const pair = scanned.words.slice(run.first, run.first + 2)
    const isEponymous = pair.some(
      ({ traits }) => (traits & trait.eponym) !== 0 && (traits & trait.given) === 0,
    )
    if (isEponymous && (run.length === 2 || isInitial(scanned.words[run.first + 2] ?? never))) return true
  }
  for (const word of scanned.words.slice(run.first, run.next)) {
    if (word.text.length > 1 && (word.traits & trait.eponym) === 0) return false
  }
  const isGiven = (scanned.words[run.first]?.traits ?? 0) & trait.given
  const isAmbiguous = (scanned.words[run.first]?.traits ?? 0) & trait.ambiguous
  if (run.length === 1) return isGiven === 0 || isAmbiguous !== 0
  // `Ortolani e Barlow`, `Kellgren-Lawrence e Berg`.
  const joint = scanned.words[run.next - 2]
  const isPairOfTwo = joint?.shape === 'lower' && /^(?:e|y)$/.test(joint.folded) && isGiven === 0
  return isPairOfTwo || gapBefore(scanned, run.next - 1) === '-'
}

/** A degree follows: `Smith PA-C`, `Jane Roe, RN`. */
export function isFollowedByDegree(scanned: ScannedText, run: NameRun): boolean {
  const end = scanned.ends[run.next - 1] ?? 0
  return /^(?:, DO(?!\p{L})|,? (?:MD|M\.D\.|RN|R\.N\.|NP|PA-C|PA|Ph\.?D|LPN|CRNA|DDS|DPM|PharmD|LCSW|APRN|FACS|FACP|MSN|BSN|DNP)(?!\p{L}))/u.test(
    scanned.text.slice(end, end + 12),
  )
}

/** An age follows, as after the name of a patient: `, 38 anos`, ` is a 43-year-old`, `, M, 45`. */
export function isFollowedByAge(scanned: ScannedText, run: NameRun): boolean {
  const end = scanned.ends[run.next - 1] ?? 0
  return ageAfter.test(scanned.text.slice(end, end + 50))
}

const recordAfter =
  /^(?:(?:[,;]| -)? {0,2}\(|[,;] {1,2}| - )(?:(?:MRN|DOB|D\.O\.B|DN|D\.N|CPF|RG|CNS|SSN|ID|CRM|COREN|CRO|CRP|CREFITO|NPI|DEA)(?![\p{L}])|(?:born|b\.|nascid[oa]|nasc|pront|prontu[aá]rio|registro|matr[ií]cula|medical record|date of birth|data de nascimento)(?![\p{L}]))|^[ \t]{1,3}(?:MRN|DOB|DN|CPF)(?!\p{L})|^(?:[,;]| -)? \(?(?:(?:do|da|no|from|in) )?(?:leito|bed|room|rm|quarto|box)\.? ?\d|^ \((?:tel\.? ?|cel\.? ?)?(?:\+?\d|\(\d)[\d ()-]{6}/iu

/** A record number, a birth date, a document or a bed follows: `Noêmia (leito 9)`, `ROSCOE BLOOM, DOB`. */
export function isFollowedByRecord(scanned: ScannedText, run: NameRun): boolean {
  const end = scanned.ends[run.next - 1] ?? 0
  return recordAfter.test(scanned.text.slice(end, end + 30))
}

/** One word of the run is in the lists of names. */
export function hasKnownName(scanned: ScannedText, run: NameRun): boolean {
  return hasTrait(scanned, run, trait.given | trait.surname)
}

/** One word of the run is in the lists of names, or spelled like one. */
export function hasLikelyName(scanned: ScannedText, run: NameRun): boolean {
  return hasTrait(scanned, run, trait.given | trait.surname | trait.nameLike)
}

function hasTrait(scanned: ScannedText, run: NameRun, traits: number): boolean {
  for (let at = run.first; at < run.next; at++)
    if (((scanned.words[at]?.traits ?? 0) & traits) !== 0) return true
  return false
}
