import { trait } from '../lexicon/lexicon.js'
import type { ScannedText } from '../scanned-text.js'
import type { Word } from '../word.js'

/** Consecutive words that may be one person's name. */
export interface NameRun {
  /** First word. */
  readonly first: number
  /** Word after the last. */
  readonly next: number
  /** Words that are names, initials or unknown; particles are not counted. */
  readonly length: number
  /** Sum of what each word says for being a name; 2.5 and more is a name by itself. */
  readonly score: number
}

/** How much a run may take: after a strong cue unknown words count as names. */
export interface RunOptions {
  /** Also known names in lower case. */
  readonly allowLower?: boolean
  /** Also capitalised words that only look ordinary by their ending. */
  readonly afterCue?: boolean
}

const known = trait.given | trait.surname
const maxWords = 11
const shortestUpper = 5

/** True when this word of a text is written as an initial: `N.` or `N` between names. */
export function isInitial(word: Word): boolean {
  return word.text.length === 1 && word.shape === 'capitalised'
}

function startsUpper(word: Word): boolean {
  return (
    word.shape === 'capitalised' ||
    word.shape === 'upper' ||
    (word.shape === 'mixed' && /^(?:Ma?c|De|Di|Da|La|Le|Van|Fitz|O)\p{Lu}\p{Ll}+$/u.test(word.text))
  )
}

/** A capitalised word that is a known name, or no word we know. */
export function isNameWord(word: Word, options: RunOptions = {}): boolean {
  const { traits, text } = word
  if (text.length < 2) return false
  const isKnown = (traits & known) !== 0
  if (!startsUpper(word))
    return (
      isKnown && options.allowLower === true && word.shape === 'lower' && (traits & trait.ambiguous) === 0
    )
  if (isKnown) return true
  if ((traits & (trait.safe | trait.month)) !== 0) return false
  if ((traits & (trait.safeEnding | trait.wordLike)) !== 0 && options.afterCue !== true) return false
  // `ORLA`: short capitals are an abbreviation's unless announced and spelled like a name.
  if (word.shape === 'upper' && text.length < shortestUpper)
    return options.afterCue === true && text.length > 2 && (traits & trait.nameLike) !== 0
  return true
}

const noSurname = trait.title | trait.kin | trait.patient | trait.month | trait.suffix

/** `Brasil` of `Dalva Brasil`, `Law` of `Shanice L. Law`: an ordinary word or country, a surname behind what is a name. */
function isSurnameByPlace(scanned: ScannedText, first: number, index: number): boolean {
  const word = scanned.words[index]
  if (word === undefined || !startsUpper(word) || word.text.length < 2) return false
  if ((word.traits & (trait.people | trait.wordLike)) !== 0) return true
  const initial = scanned.words[index - 1]
  const isGiven = ((scanned.words[first]?.traits ?? 0) & (trait.given | trait.nameLike)) !== 0
  return (
    isGiven &&
    word.text.length > 2 &&
    initial !== undefined &&
    isInitial(initial) &&
    gapBefore(scanned, index) === '. ' &&
    (word.traits & noSurname) === 0
  )
}

function wordScore(word: Word): number {
  const isAmbiguous = (word.traits & trait.ambiguous) !== 0
  if ((word.traits & trait.given) !== 0) return isAmbiguous ? 1 : 2
  if ((word.traits & trait.surname) !== 0) return isAmbiguous ? 0.6 : 1.5
  return isInitial(word) ? 0.6 : 1
}

/** What stands between word `index` and the one before it. */
export function gapBefore({ text, starts, ends }: ScannedText, index: number): string {
  return text.slice(ends[index - 1] ?? 0, starts[index])
}

function isJoined(scanned: ScannedText, index: number, previous: Word): boolean {
  const gap = gapBefore(scanned, index)
  // A nickname stands in quotes: Maria "Mia" da Silva.
  if (
    gap === ' ' ||
    gap === '-' ||
    gap === ' "' ||
    gap === '" ' ||
    gap === ' “' ||
    gap === '” ' ||
    gap === "'" ||
    gap === '’'
  )
    return true
  // So does one in brackets: José (Zeca) Pereira.
  if (gap === ' (' && scanned.text[scanned.ends[index] ?? 0] === ')')
    return /^\) \p{L}/u.test(scanned.text.slice(scanned.ends[index], (scanned.ends[index] ?? 0) + 3))
  if (gap === ') ') return true
  return isInitial(previous) && (gap === '. ' || gap === '.')
}

/** Particles at `index` that a name follows: `de`, `dos`, `van der`; returns the word after them. */
function skipParticles(scanned: ScannedText, index: number): number {
  let at = index
  while (
    at < index + 2 &&
    ((scanned.words[at]?.traits ?? 0) & trait.particle) !== 0 &&
    /^[ -]$/.test(gapBefore(scanned, at + 1))
  )
    at++
  return at
}

/** The longest run of name words from `first`, or undefined where there is none. */
export function readName(scanned: ScannedText, first: number, options: RunOptions = {}): NameRun | undefined {
  const { words } = scanned
  let at = skipParticles(scanned, first)
  let next = first
  let length = 0
  let score = 0
  while (at < words.length && at < first + maxWords) {
    const word = words[at]
    if (word === undefined) break
    const previous = words[at - 1]
    if (length > 0 && previous !== undefined && !isJoined(scanned, at, previous)) break
    if (isSurnamePrefix(scanned, at, length > 0 || options.afterCue === true)) {
      length++
      score += surnameScore
      at += 2
      next = at
      continue
    }
    const isPart = isInitial(word)
      ? isInitialOfName(scanned, at, length, options)
      : isNameWord(word, options) ||
        (length > 0 &&
          (isSurnameByPlace(scanned, first, at) ||
            (((previous?.traits ?? 0) & trait.particle) !== 0 &&
              isShortBehindParticle(previous ?? word, word))))
    if (!isPart) {
      if (isSecondHalf(scanned, at, length)) {
        next = ++at
        continue
      }
      const afterParticles = skipParticles(scanned, at)
      if (length > 0 && afterParticles > at) {
        if (
          !isNameWord(words[afterParticles] ?? word, options) &&
          !isShortBehindParticle(word, words[afterParticles] ?? word) &&
          !isSurnamePrefix(scanned, afterParticles, true)
        )
          break
        at = afterParticles
        continue
      }
      if (length > 0 && (word.traits & trait.suffix) !== 0 && startsUpper(word)) next = at + 1
      break
    }
    length++
    score += wordScore(word)
    at++
    next = at
  }
  if (length > 1 && isSuffixBehindComma(scanned, next)) next++
  const isAllInitials = words.slice(first, next).every((word) => word.text.length < 2)
  return length === 0 || isAllInitials ? undefined : { first, next, length, score }
}

/** `ARTHUR ELLSWORTH, JR.` */
function isSuffixBehindComma(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  if (word === undefined || !/^(?:Jr|JR|Sr|SR|III?|IV)$/.test(word.text)) return false
  const end = scanned.ends[index] ?? 0
  return (
    gapBefore(scanned, index) === ', ' &&
    /^\.?(?:[,;)\n]|\s*$| [\p{Ll}(])/u.test(scanned.text.slice(end, end + 3))
  )
}

/** `DYKE` of `KENNETH C. VAN DYKE`. */
function isShortBehindParticle(particle: Word, { shape, text, traits }: Word): boolean {
  return particle.shape === 'upper' && shape === 'upper' && text.length > 2 && (traits & trait.safe) === 0
}

const surnameScore = 1.5
const surnamePrefix = /^(?:D|Sant|SANT|St|ST|Ste)$/

/** `D'` of `dos D'Ávila`, `SANT'` of `SANT'ANNA`, `St.` of `Mildred St. Clair`: written before the surname they belong to. */
function isSurnamePrefix(scanned: ScannedText, index: number, isAnnounced: boolean): boolean {
  const word = scanned.words[index]
  if (word === undefined || word.text.length > 4 || !surnamePrefix.test(word.text)) return false
  const surname = scanned.words[index + 1]
  if (surname === undefined || surname.text.length < 3 || !startsUpper(surname)) return false
  const gap = gapBefore(scanned, index + 1)
  if (gap === "'" || gap === '’')
    return /^(?:D|Sant|SANT)$/.test(word.text) && (isAnnounced || isNameWord(surname))
  return (
    isAnnounced &&
    gap === '. ' &&
    /^(?:St|ST|Ste)$/.test(word.text) &&
    (surname.traits & (trait.safe | trait.month)) === 0
  )
}

/** `hoon` of `Ji-hoon`: no capital of its own behind the hyphen. */
function isSecondHalf(scanned: ScannedText, index: number, length: number): boolean {
  const word = scanned.words[index]
  return (
    length > 0 &&
    word?.shape === 'lower' &&
    word.text.length > 1 &&
    (word.traits & (trait.safe | trait.safeEnding | trait.personVerb)) === 0 &&
    gapBefore(scanned, index) === '-'
  )
}

/** An initial belongs to a name when a dot or a name word stands beside it. */
function isInitialOfName(scanned: ScannedText, index: number, length: number, options: RunOptions): boolean {
  const following = scanned.words[index + 1]
  const gap = gapBefore(scanned, index + 1)
  if (following === undefined) return length > 0
  // O'Connor, D'Angelo.
  if (gap === "'" || gap === '’') return length > 0 || isNameWord(following, options)
  // `I` of a type or a pronoun: an initial that opens a name has its dot.
  if (length === 0 && gap === ' ') return false
  // `M. do Ferreira`.
  const isBeforeParticle =
    gap === '. ' &&
    following.shape === 'lower' &&
    (following.traits & trait.particle) !== 0 &&
    /^.{2,3}$/.test(following.text) &&
    gapBefore(scanned, index + 2) === ' ' &&
    ((scanned.words[index + 2]?.traits ?? 0) & known) !== 0 &&
    isNameWord(scanned.words[index + 2] ?? following)
  if (isBeforeParticle) return true
  if (gap === '. ' || gap === '.' || gap === ' ')
    return isInitial(following) || isNameWord(following, options) || (length > 0 && gap !== ' ')
  return length > 0
}
