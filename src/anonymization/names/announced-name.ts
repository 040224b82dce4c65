import { trait } from '../lexicon/lexicon.js'
import type { ScannedText } from '../scanned-text.js'
import type { Word } from '../word.js'
import { gapBefore, isInitial, isNameWord, type NameRun, readName } from './name-run.js'

/** Reads a name that a cue announces; titles before it are passed over. */
export function readAnnounced(scanned: ScannedText, first: number, allowLower: boolean): NameRun | undefined {
  let at = first
  for (let passed = 0; passed < 3 && isPassedOver(scanned, at); passed++) at++
  const run =
    readName(scanned, at, { allowLower, afterCue: true }) ??
    readShortSurname(scanned, at) ??
    (allowLower ? (readDoubtfulLower(scanned, at) ?? readInitialedLower(scanned, at)) : undefined)
  if (run === undefined) return undefined
  // A comma name: `GREEN, IAN`.
  const following = scanned.words[run.next]
  if (
    following !== undefined &&
    run.length <= 2 &&
    gapBefore(scanned, run.next) === ', ' &&
    isCommaName(scanned, run, true)
  ) {
    const given = readName(scanned, run.next)
    if (given !== undefined && !goesOnAsList(scanned, given.next))
      return { ...run, next: given.next, length: run.length + given.length, score: run.score + given.score }
  }
  return run
}

/** `sandra machado`, `rosa maria`: words that are names only because a name follows. */
function readDoubtfulLower(scanned: ScannedText, index: number): NameRun | undefined {
  const word = scanned.words[index]
  if (word?.shape !== 'lower' || (word.traits & trait.given) === 0 || gapBefore(scanned, index + 1) !== ' ')
    return undefined
  // `wei t. fitzgerald`.
  const second = isLowerInitial(scanned, index + 1) ? index + 2 : index + 1
  const rest = readName(scanned, second, { allowLower: true })
  if (rest === undefined || scanned.words[rest.first]?.shape !== 'lower') return undefined
  return { ...rest, first: index, length: rest.length + 1, score: rest.score + 1 }
}

/** `sr. h. pacheco`. */
function readInitialedLower(scanned: ScannedText, index: number): NameRun | undefined {
  const initial = scanned.words[index]
  if (initial?.shape !== 'lower' || initial.text.length !== 1) return undefined
  if (gapBefore(scanned, index + 1) !== '. ') return undefined
  const surname = scanned.words[index + 1]
  return surname?.shape === 'lower' && (surname.traits & trait.surname) !== 0
    ? { first: index, next: index + 2, length: 2, score: 2 }
    : undefined
}

/** `Rosa, Clara e Vitória` are three persons. */
function goesOnAsList(scanned: ScannedText, next: number): boolean {
  const joint = scanned.words[next]
  const following = scanned.words[next + 1]
  return (
    joint?.shape === 'lower' &&
    /^(?:e|and|y)$/.test(joint.folded) &&
    gapBefore(scanned, next) === ' ' &&
    following !== undefined &&
    isNameWord(following)
  )
}

/** `DOE, JOHN`: a short surname in capitals that only the given name after the comma gives away. */
function readShortSurname(scanned: ScannedText, index: number): NameRun | undefined {
  if (isCapitalParticle(scanned, index)) {
    const rest = readShortSurname(scanned, index + 1)
    return rest === undefined ? undefined : { ...rest, first: index }
  }
  const word = scanned.words[index]
  const given = scanned.words[index + 1]
  if (word === undefined || given === undefined || word.shape !== 'upper' || (word.traits & trait.safe) !== 0)
    return undefined
  if (gapBefore(scanned, index + 1) !== ', ' || (given.traits & trait.given) === 0) return undefined
  const rest = readName(scanned, index + 1)
  return rest === undefined ? undefined : { ...rest, first: index, length: rest.length + 1 }
}

/** The unknown rest of a name all in lower case: on a form `nome: olívia negreiros`, elsewhere what is spelled like one. */
export function extendLowerCase(scanned: ScannedText, run: NameRun, isForm = true): NameRun {
  let { next, length } = run
  if (scanned.words[run.first]?.shape !== 'lower') return run
  while (next < run.first + longestLowerCase) {
    // `deborah t. ramirez`.
    if (isLowerInitial(scanned, next)) {
      next++
      continue
    }
    // `flávio d'ávila`.
    if (
      scanned.words[next]?.text === 'd' &&
      /^['’]$/.test(gapBefore(scanned, next + 1)) &&
      gapBefore(scanned, next) === ' '
    ) {
      next += 2
      length++
      continue
    }
    const isParticle = ((scanned.words[next]?.traits ?? 0) & trait.particle) !== 0
    const at = isParticle && gapBefore(scanned, next + 1) === ' ' ? next + 1 : next
    const word = scanned.words[at]
    const gap = gapBefore(scanned, next)
    const isJoined = gap === ' ' || (gap === '. ' && scanned.words[next - 1]?.text.length === 1)
    if (word === undefined || !isJoined || !isLowerCaseName(word)) break
    // A full name goes on behind its particle: `anderson vasconcelos da quispe`.
    const isLinked = at > next && length > 1
    if (
      !isForm &&
      !isLinked &&
      (word.traits & (trait.given | trait.surname | trait.nameLike | trait.eponym | trait.suffix)) === 0
    )
      break
    next = at + 1
    length++
  }
  return { ...run, next, length }
}

function isLowerInitial(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  const following = scanned.words[index + 1]
  return (
    word?.shape === 'lower' &&
    word.text.length === 1 &&
    gapBefore(scanned, index) === ' ' &&
    following !== undefined &&
    (gapBefore(scanned, index + 1) === '. ' ||
      (gapBefore(scanned, index + 1) === ' ' && (following.traits & trait.surname) !== 0)) &&
    isLowerCaseName(following)
  )
}

const longestLowerCase = 8
const shortestLowerCase = 5
const shortCue = /^(?:pac|pcte?|pt|sra?|dra?|dona|seu|enfa?|mrs?|ms|prof|profa)$/

/** `pct josicleide refere`, in notes all in lower case: a word in no list, spelled like a name, behind an abbreviation. */
export function readLowerCase(scanned: ScannedText, cue: number): NameRun | undefined {
  const isCue = shortCue.test(scanned.words[cue]?.text ?? '')
  return isCue && /^\.? $/.test(gapBefore(scanned, cue + 1)) ? readLowerCaseWord(scanned, cue + 1) : undefined
}

/** `obs enf: tércio relatou`: behind a label, if the word does what persons do. */
export function readLowerCaseActor(scanned: ScannedText, index: number): NameRun | undefined {
  const verb = scanned.words[index + 1]
  const isActing =
    verb?.shape === 'lower' &&
    ((verb.traits & trait.personVerb) !== 0 || /.(?:ou|iu|eu|ed)$/.test(verb.folded))
  return isActing && gapBefore(scanned, index + 1) === ' ' ? readLowerCaseWord(scanned, index) : undefined
}

function readLowerCaseWord(scanned: ScannedText, index: number): NameRun | undefined {
  const word = scanned.words[index]
  if (word === undefined || word.text.length < shortestLowerCase || !isLowerCaseName(word)) return undefined
  const isName = (word.traits & (trait.nameLike | trait.given)) !== 0
  return isName ? { first: index, next: index + 1, length: 1, score: 1 } : undefined
}

function isLowerCaseName({ shape, folded, text, traits }: Word): boolean {
  if (shape !== 'lower' || text.length < 2) return false
  if (text.length < 3) return folded !== text && (traits & trait.surname) !== 0
  if ((traits & (trait.given | trait.surname)) !== 0 || folded === 'junior') return true
  return (traits & (trait.safe | trait.safeEnding | trait.wordLike | trait.personVerb | trait.month)) === 0
}

/** `VAN` of `VAN DER MEER, PIETER`. */
function isCapitalParticle(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  return (
    word?.shape === 'upper' && (word.traits & trait.particle) !== 0 && gapBefore(scanned, index + 1) === ' '
  )
}

const passedOver = new Set(
  'o a os as sr sra dr dra dona seu prof profa mr mrs ms miss enf senhor senhora doutor doutora doctor chamado chamada named sua her his is e'.split(
    ' ',
  ),
)

function isPassedOver(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  return (
    word !== undefined &&
    passedOver.has(word.folded) &&
    word.text.length > 0 &&
    !isInitial(word) &&
    /^\.? $/.test(gapBefore(scanned, index + 1))
  )
}

export function isCommaName(scanned: ScannedText, run: NameRun, isAnnounced = false): boolean {
  let first = run.first
  while (first < run.next - 1 && ((scanned.words[first]?.traits ?? 0) & trait.particle) !== 0) first++
  const surname = scanned.words[first]
  const given = scanned.words[run.next]
  if (surname === undefined || given === undefined) return false
  const isHyphened = !isNameWord(given)
  if (isHyphened && readHyphened(scanned, run) === undefined) return false
  const isUpper = surname.shape === 'upper' && given.shape === 'upper' && (surname.traits & trait.safe) === 0
  const isKnown =
    ((surname.traits & trait.surname) !== 0 ||
      (isUpper &&
        surname.text.length > 3 &&
        given.text.length > 2 &&
        (surname.traits & trait.safeEnding) === 0)) &&
    ((given.traits & trait.given) !== 0 || isHyphened)
  // Behind a label or title one known half vouches for the other.
  const isHalfKnown =
    (surname.traits & (trait.surname | trait.nameLike)) !== 0 ||
    (given.traits & (trait.given | trait.nameLike)) !== 0
  if (!isKnown && !(isAnnounced && isHalfKnown && given.shape !== 'lower')) return false
  if (isAnnounced && goesOnAsList(scanned, run.next + 1)) return false
  // `CEFALEIA HA 2 DIAS, EVA 8/10`: what is counted.
  if (scanned.words[run.first - 1]?.shape === 'number' && gapBefore(scanned, run.first) === ' ') return false
  const bothAmbiguous = (surname.traits & given.traits & trait.ambiguous) !== 0
  return isAnnounced || !bothAmbiguous || surname.shape === 'upper'
}

/** `SOO-JIN` of `GARCIA-LOPEZ, SOO-JIN`: short capitals joined by a hyphen behind a known surname. */
export function readHyphened(scanned: ScannedText, surname: NameRun): NameRun | undefined {
  const index = surname.next
  const last = scanned.words[index - 1]
  const [first, second] = [scanned.words[index], scanned.words[index + 1]]
  const isGiven =
    last?.shape === 'upper' &&
    (last.traits & trait.surname) !== 0 &&
    first?.shape === 'upper' &&
    second?.shape === 'upper' &&
    gapBefore(scanned, index + 1) === '-' &&
    ((first.traits | second.traits) & trait.safe) === 0
  return isGiven ? { first: index, next: index + 2, length: 2, score: 2 } : undefined
}

/** What says which relative or colleague it is, between the word and the name, folded. */
const modifiers = new Set(
  `dela dele delas deles de em do da materna materno paterna paterno gemea gemeo mais velho velha novo nova cacula meio biologica biologico adotiva adotivo unica unico falecida falecido ex atual
  enfermagem social comunitario comunitaria saude plantonista assistente responsavel chefe residente intensivista clinico clinica geral familia vascular ocupacional laboratorio radiologia
  escolar cirurgiao titular reguladora regulador substituto substituta coordenadora coordenador`.split(/\s+/),
)
const mostModifiers = 4

/** The last word of a role or relative with what belongs to it: `avó materna`, `técnica de enfermagem`. */
export function skipModifiers(scanned: ScannedText, index: number): number {
  let last = index
  for (let at = index + 1; at <= index + mostModifiers; at++) {
    const word = scanned.words[at]
    if (word?.shape !== 'lower' || gapBefore(scanned, at) !== ' ' || !modifiers.has(word.folded)) break
    last = at
  }
  // A particle at the end belongs to what follows: `filho de Ana`.
  return ((scanned.words[last]?.traits ?? 0) & trait.particle) !== 0 ? index : last
}
