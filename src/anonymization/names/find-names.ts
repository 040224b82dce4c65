import { trait } from '../lexicon/lexicon.js'
import { nameLabels, namePhrases, weakPhrases } from '../lexicon/name-cues.js'
import type { Confidence, TextRange } from '../recognizer.js'
import type { ScannedText } from '../scanned-text.js'
import { isScholarly } from '../scholarly-text.js'
import {
  extendLowerCase,
  isCommaName,
  readAnnounced,
  readHyphened,
  readLowerCase,
  readLowerCaseActor,
  skipModifiers,
} from './announced-name.js'
import {
  findAddressed,
  findAfterAnyLabel,
  findInBed,
  findListed,
  findSignature,
  isOwnSentence,
  isSubject,
  isSurnameAlone,
  isWholeCell,
  withGivenName,
} from './find-by-layout.js'
import { findMentions } from './find-mentions.js'
import {
  hasKnownName,
  isEponym,
  isFollowedByAge,
  isFollowedByDegree,
  isFollowedByRecord,
  isOfThing,
} from './name-context.js'
import { isAllLikely, orderScore } from './name-likelihood.js'
import { gapBefore, isInitial, isNameWord, type NameRun, readName } from './name-run.js'
import { PhraseIndex } from './phrase-index.js'
import { isDescribedPatient, isUnvouched } from './unvouched-name.js'
import { findCalled, findIntroduced, findSpeaker, isBeforeRelative, isPersonByCompany } from './word-name.js'

interface FoundName extends NameRun {
  readonly confidence: Confidence
}

const labels = new PhraseIndex(nameLabels)
const weak = new PhraseIndex(weakPhrases)
const phrases = new PhraseIndex(namePhrases)
const enoughScore = 2.5
const cueTraits = trait.title | trait.kin | trait.patient | trait.nameCue

const titleGap = /^(?:\([ao]\))?\.?(?:\/?\w{1,4}\(?[ao]?\)?\.)? {1,2}$/
const kinGap = /^(?: {1,2}|, {0,1}| ?\(|: ?| - )$/
// Also what forms, Markdown, JSON and XML write: `Nome....: `, `**Nome:** `, `"nome": "`, `<nome>`, `| Nome | `.
const labelGap =
  /^(?:\([ao]\)|\/[ao])?(?:[.*_`"'\\]{0,3}[ .…_]{0,40}[:=][*_`]{0,3} {0,8}\n?[ \t]{0,4}\[?[*_`"'“\\]{0,3}| {0,2}- {1,2}| {0,2}\| {0,2}|[*"'\\]{0,2}>|\t|: ?\n {0,4})$/
const phraseGap = /^[ ,:]{1,3}$|^,?\n{1,2} {0,4}$/

/** Names announced by a title, a relative, a patient noun, a label or a phrase at word `index`. */
function findAnnounced(scanned: ScannedText, index: number): FoundName | undefined {
  const traits = scanned.words[index]?.traits ?? 0
  if ((traits & cueTraits) === 0) return undefined
  if ((traits & trait.nameCue) !== 0) {
    const afterLabel = labels.match(scanned, index)
    if (afterLabel !== undefined && labelGap.test(gapBefore(scanned, afterLabel))) {
      const run = readAnnounced(scanned, afterLabel, true) ?? readLowerCaseActor(scanned, afterLabel)
      if (run !== undefined) return { ...extendLowerCase(scanned, run), confidence: 'label' }
    }
    const afterPhrase = phrases.match(scanned, index)
    if (afterPhrase !== undefined && phraseGap.test(gapBefore(scanned, afterPhrase))) {
      const run = readAnnounced(scanned, afterPhrase, true)
      if (run !== undefined && isPlausible(scanned, run))
        return { ...extendLowerCase(scanned, run, false), confidence: 'pattern' }
    }
  }
  if ((traits & trait.nameCue) !== 0) {
    const afterWeak = weak.match(scanned, index)
    if (afterWeak !== undefined && gapBefore(scanned, afterWeak) === ' ') {
      const run = readAnnounced(scanned, afterWeak, false)
      if (run !== undefined && isStrongEnough(scanned, run)) return { ...run, confidence: 'dictionary' }
    }
  }
  const gap = gapBefore(scanned, index + 1)
  if ((traits & trait.title) !== 0 && titleGap.test(gap) && !isRoleOf(scanned, index)) {
    const run = readAnnounced(scanned, index + 1, true) ?? readLowerCase(scanned, index)
    if (run !== undefined) return { ...extendLowerCase(scanned, run, false), confidence: 'pattern' }
  }
  // `The nurse, Paige, said`: a role, its bearer between commas.
  if ((traits & trait.title) !== 0 && gap === ', ' && !honorific.test(scanned.words[index]?.folded ?? '')) {
    const run = readName(scanned, index + 1)
    if (run !== undefined && isPlausible(scanned, run) && /^[,;.)]/.test(gapBefore(scanned, run.next)))
      return { ...run, confidence: 'pattern' }
  }
  // `Avó materna, Perpétua`: the side of the family stands between.
  const sided = skipModifiers(scanned, index)
  const isRole = sided > index && (traits & trait.title) !== 0
  if (
    (isRole || (traits & (trait.kin | trait.patient)) !== 0) &&
    kinGap.test(gapBefore(scanned, sided + 1))
  ) {
    const run = readAnnounced(scanned, sided + 1, true) ?? readLowerCase(scanned, sided)
    // `minha ex-mulher, lemos juntos`: behind a comma a lower-case word is rather a verb.
    const isVerbal =
      run !== undefined &&
      scanned.words[run.first]?.shape === 'lower' &&
      gapBefore(scanned, run.first).startsWith(',') &&
      ((scanned.words[run.first]?.traits ?? 0) & trait.given) === 0
    if (run !== undefined && !isVerbal && isPlausible(scanned, run, (traits & trait.kin) !== 0))
      return { ...extendLowerCase(scanned, run, false), confidence: 'pattern' }
  }
  return undefined
}

const honorific = /^(?:.{1,4}|senhora?|senhorita|doutora?|doctor|professora?)$/

/** `técnica de Lichtenstein`, `auxiliar do Setor`: a role with its object, no title with a name. */
function isRoleOf(scanned: ScannedText, index: number): boolean {
  const next = scanned.words[index + 1]
  return (
    next !== undefined &&
    (next.traits & trait.particle) !== 0 &&
    !honorific.test(scanned.words[index]?.folded ?? '')
  )
}

/** Behind a preposition or a verb like `saw`: two capitals of which one is a known name. */
function isStrongEnough(scanned: ScannedText, run: NameRun): boolean {
  return run.length > 1 && run.score >= 2 && hasKnownName(scanned, run) && !isEponym(scanned, run)
}

/** After a weak cue: nothing's eponym, no lone abbreviation or month. */
function isPlausible(scanned: ScannedText, run: NameRun, isRelative = false): boolean {
  const word = scanned.words[run.first]
  if (word === undefined || isOfThing(scanned, run)) return false
  // `colega da Reumatologia`.
  if ((word.traits & trait.particle) !== 0 && word.shape === 'lower' && !hasKnownName(scanned, run))
    return false
  if (run.length > 1) return true
  const isKnown = (word.traits & (trait.given | trait.surname)) !== 0
  if ((word.traits & trait.month) !== 0 || (!(isKnown && isRelative) && (word.traits & trait.eponym) !== 0))
    return false
  return isKnown || word.shape !== 'upper'
}

/** Names that stand by themselves: dictionary words, initials with a surname, `Silva, João`, a verb or an age after. */
function findFreeStanding(scanned: ScannedText, index: number): FoundName | undefined {
  const word = scanned.words[index]
  if (word === undefined || word.text.length === 0 || word.shape === 'number') return undefined
  const isKnownName = (word.traits & (trait.given | trait.surname)) !== 0
  if (word.shape === 'lower') return isKnownName ? findLowerCase(scanned, index) : undefined
  if (!isInitial(word) && !isNameWord(word)) return undefined
  const run = readName(scanned, index)
  if (run === undefined || isOfThing(scanned, run)) return undefined
  const isOnlyEponym = isEponym(scanned, run)
  if (run.length <= 2 && gapBefore(scanned, run.next) === ', ') {
    const given = readName(scanned, run.next) ?? readHyphened(scanned, run)
    if (given !== undefined) {
      const name = { ...run, next: skipTrailingParticle(scanned, given.next) }
      const isPerson =
        isFollowedByAge(scanned, name) ||
        isFollowedByDegree(scanned, name) ||
        isFollowedByRecord(scanned, name)
      if (isCommaName(scanned, run, isPerson || isOwnSentence(scanned, name)))
        return { ...name, confidence: 'dictionary' }
    }
  }
  if (isOnlyEponym) return undefined
  if (isDescribedPatient(scanned, run) || isPersonByCompany(scanned, run) || isBeforeRelative(scanned, run))
    return { ...run, confidence: 'dictionary' }
  const cell = withGivenName(scanned, run)
  if (isWholeCell(scanned, cell)) return { ...cell, confidence: 'dictionary' }
  return isFreeStanding(scanned, run, word.traits) ||
    (!isScholarly(scanned) && isUnvouched(scanned, run, word.traits))
    ? { ...run, confidence: 'dictionary' }
    : undefined
}

/** `da` of `Silva, João Batista da`, in a list or table. */
function skipTrailingParticle(scanned: ScannedText, index: number): number {
  const word = scanned.words[index]
  const isParticle =
    word?.shape === 'lower' && (word.traits & trait.particle) !== 0 && gapBefore(scanned, index) === ' '
  return isParticle && /^(?:$|[ ]{0,3}[\t\n;|)])/.test(gapBefore(scanned, index + 1)) ? index + 1 : index
}

const enoughBehindInitial = 1.2

function isFreeStanding(scanned: ScannedText, run: NameRun, traits: number): boolean {
  const hasKnown = hasKnownName(scanned, run)
  // Salter-Harris, Young-Burgess: two surnames joined and nothing else name a thing.
  const isPair =
    run.length === 2 &&
    gapBefore(scanned, run.first + 1) === '-' &&
    ((scanned.words[run.first]?.traits ?? 0) & trait.given) === 0
  if (isGrade(scanned, run)) return false
  if (
    run.length > 1 &&
    !isPair &&
    (hasKnown || (isInitial(scanned.words[run.first] ?? never) && !isScholarly(scanned))) &&
    run.score + orderScore(scanned, run) >=
      (isInitial(scanned.words[run.first] ?? never) ? enoughBehindInitial : enoughScore)
  )
    return true
  // `Mãe refere`: a relative without a name, though Mae is one.
  if (run.length === 1 && (traits & (trait.kin | trait.patient | trait.title)) !== 0) return false
  if (isFollowedByDegree(scanned, run)) return true
  if (
    (isFollowedByAge(scanned, run) || (isFollowedByRecord(scanned, run) && !isAbbreviation(scanned, run))) &&
    ((traits & trait.place) === 0 || hasKnown)
  )
    return true
  if (run.length === 1 && (traits & trait.given) !== 0 && (traits & (trait.ambiguous | trait.people)) === 0)
    return isWrittenAsName(scanned, run)
  if (
    isSurnameAlone(scanned, run) ||
    isSubject(scanned, run) ||
    isAllLikely(scanned, run) ||
    isWholeCell(scanned, run)
  )
    return true
  const verb = scanned.words[run.next]
  const gap = gapBefore(scanned, run.next)
  // `A mãe dele, Rosinete, explicou`.
  const isInsertion =
    gap === ', ' &&
    gapBefore(scanned, run.first) === ', ' &&
    scanned.words[run.first - 1]?.shape === 'lower' &&
    scanned.words[run.first]?.shape === 'capitalised'
  return (
    verb !== undefined &&
    (verb.traits & trait.personVerb) !== 0 &&
    verb.shape === 'lower' &&
    (gap === ' ' || isInsertion) &&
    isWrittenAsName(scanned, run)
  )
}

/** `MAC (63-48-41-CA)`. */
function isAbbreviation(scanned: ScannedText, run: NameRun): boolean {
  const word = scanned.words[run.first]
  return run.length === 1 && word?.shape === 'upper' && word.text.length <= 3
}

/** `(OLGA I)`: an abbreviation and its grade. */
function isGrade(scanned: ScannedText, run: NameRun): boolean {
  const last = scanned.words[run.next - 1]
  return (
    run.next - run.first === 2 &&
    scanned.words[run.first]?.shape === 'upper' &&
    /^[IVX]$/.test(last?.text ?? '') &&
    gapBefore(scanned, run.next).startsWith(')')
  )
}

const never = { text: '', folded: '', shape: 'number', traits: 0 } as const

/** One capitalised word, not the whole in capitals, where capitals say nothing. */
function isWrittenAsName(scanned: ScannedText, run: NameRun): boolean {
  return scanned.words[run.first]?.shape !== 'upper'
}

/** `fábio moura duarte`: at least two known, unambiguous names in lower case. */
function findLowerCase(scanned: ScannedText, index: number): FoundName | undefined {
  const run = readName(scanned, index, { allowLower: true })
  if (run === undefined || run.length < 2 || run.score < 3 || isEponym(scanned, run)) return undefined
  return { ...run, confidence: 'dictionary' }
}

/** Every name of the text, and every later or earlier mention of its parts. */
export function* findNames(scanned: ScannedText): Generator<TextRange & { confidence: Confidence }> {
  const found: FoundName[] = []
  for (let index = 0; index < scanned.words.length; ) {
    const name = findFreeStanding(scanned, index)
    if (name !== undefined) found.push(name)
    const announced = findAnnounced(scanned, index)
    if (announced !== undefined) found.push(announced)
    const laidOut =
      findAfterAnyLabel(scanned, index) ??
      findSignature(scanned, index) ??
      findInBed(scanned, index) ??
      findAddressed(scanned, index) ??
      findIntroduced(scanned, index) ??
      findCalled(scanned, index) ??
      findSpeaker(scanned, index)
    if (laidOut !== undefined) found.push({ ...laidOut, confidence: 'pattern' })
    index = name === undefined ? index + 1 : Math.max(index + 1, name.next)
  }
  for (const run of findListed(scanned, found)) found.push({ ...run, confidence: 'dictionary' })
  for (const name of found) yield rangeOf(scanned, name)
  if (found.length > 0) yield* findMentions(scanned, found)
}

function rangeOf(scanned: ScannedText, name: FoundName): TextRange & { confidence: Confidence } {
  return {
    start: scanned.starts[name.first] ?? 0,
    end: scanned.ends[name.next - 1] ?? 0,
    confidence: name.confidence,
  }
}
