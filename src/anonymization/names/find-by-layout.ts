import { trait } from '../lexicon/lexicon.js'
import type { ScannedText } from '../scanned-text.js'
import { isScholarly } from '../scholarly-text.js'
import { readAnnounced } from './announced-name.js'
import { hasKnownName, isEponym, isFollowedByAge, isFollowedByRecord } from './name-context.js'
import { gapBefore, isInitial, type NameRun, readName } from './name-run.js'

const colonGap = /^(?:\(\w{1,2}\))? {0,3}: {0,8}\n?[ \t]{0,4}$/

/** A name behind a label of any wording, `Night note: Wilhelmina pulled`, where the name's form or what follows says so. */
export function findAfterAnyLabel(scanned: ScannedText, index: number): NameRun | undefined {
  const label = scanned.words[index - 1]
  if (label === undefined || label.shape === 'number' || !colonGap.test(gapBefore(scanned, index)))
    return undefined
  const run = readAnnounced(scanned, index, false)
  if (run === undefined || isEponym(scanned, run)) return undefined
  const word = scanned.words[run.first]
  if (word === undefined || (word.traits & (trait.place | trait.month)) !== 0) return undefined
  const isPerson = isFollowedByRecord(scanned, run) || isFollowedByAge(scanned, run)
  if (isPerson) return run
  if (run.length > 1) return run.score >= fullNameScore && hasKnownName(scanned, run) ? run : undefined
  const next = scanned.words[run.next]
  const doesSomething =
    next?.shape === 'lower' && gapBefore(scanned, run.next) === ' ' && isVerb(next.folded, next.traits)
  return doesSomething && word.shape === 'capitalised' ? run : undefined
}

const fullNameScore = 2

function isVerb(folded: string, traits: number): boolean {
  return (traits & trait.personVerb) !== 0 || (/^.{2,}(?:ed|ou|iu|eu)$/.test(folded) && folded !== 'seu')
}

const closings =
  /(?:mente|[^aeiou]ly|wishes|regards|yours|thanks|you|care|love|abracos?|beijos?|beijinhos|carinho|respeito|saudacoes|cumprimentos|ordens|disposicao|gratidao|grat[oa]|obrigad[oa]|gratefully|blessings|cheers|gracias)$/
const mostClosingWords = 4

/** A signature: `Warmly, Piers` at the end of a line, `- Piers` at the end of the text. */
export function findSignature(scanned: ScannedText, index: number): NameRun | undefined {
  const { text, ends, words } = scanned
  const word = words[index]
  if (word === undefined || word.shape === 'lower' || word.shape === 'number') return undefined
  const gap = gapBefore(scanned, index)
  const isClosing = /^,[ \t]?$|^,?[ \t]{0,2}\n{1,3}[ \t]{0,4}$/.test(gap) && isClosingBefore(scanned, index)
  const isDashed = /(?:^|[.!?\n)] ?)\n{0,2}-{1,2} ?$/.test(gap)
  if (!isClosing && !isDashed) return undefined
  const run = readAnnounced(scanned, index, false)
  if (run === undefined || run.length > 4 || isEponym(scanned, run)) return undefined
  const after = text.slice(ends[run.next - 1], (ends[run.next - 1] ?? 0) + 3)
  if (
    !(isDashed ? /^[.]?\s*$/ : /^[.,]?(?:$|[ \t]?\n|,? )/).test(
      isDashed ? text.slice(ends[run.next - 1]).slice(0, 8) : after,
    )
  )
    return undefined
  return isDashed && !hasKnownName(scanned, run) && run.length === 1 && word.shape !== 'capitalised'
    ? undefined
    : run
}

/** A short line or sentence that ends with a word of farewell stands before word `index`. */
function isClosingBefore(scanned: ScannedText, index: number): boolean {
  if (!closings.test(scanned.words[index - 1]?.folded ?? '')) return false
  for (let at = index - 1; at >= Math.max(0, index - mostClosingWords); at--) {
    const gap = at === 0 ? '\n' : gapBefore(scanned, at)
    if (/[.!?\n]/.test(gap)) return scanned.words[at]?.shape !== 'lower'
    if (!/^[ ,]{1,2}$/.test(gap)) return false
  }
  return false
}

const listGap = /^(?:, |; )$/
const listEnd = /^(?:[,;.)(\n]| -| e | and | y |$)/

/** What stands in one enumeration with a name, before or behind it: `Bento Paz, Teófilo Brito e Leela`. */
export function findListed(scanned: ScannedText, found: readonly NameRun[]): NameRun[] {
  const listed: NameRun[] = []
  const starts = new Set(found.map(({ first }) => first))
  const queue = [...found]
  for (let at = 0; at < queue.length; at++) {
    const name = queue[at]
    const next = name === undefined ? undefined : readListed(scanned, name.next)
    if (next === undefined || starts.has(next.first)) continue
    starts.add(next.first)
    listed.push(next)
    queue.push(next)
  }
  for (let index = scanned.words.length - 1; index >= 0; index--) {
    if (starts.has(index) || !mayBegin(scanned, index)) continue
    const run = readName(scanned, index)
    if (run === undefined || !isListable(scanned, run)) continue
    const behind = nextInList(scanned, run.next)
    if (behind === undefined || !starts.has(behind)) continue
    // One word alone has to be a given name, joined by `and`.
    const isGiven = ((scanned.words[index]?.traits ?? 0) & trait.given) !== 0
    if (run.length < 2 && !(isGiven && gapBefore(scanned, run.next) === ' ')) continue
    starts.add(index)
    listed.push(run)
  }
  return listed
}

function mayBegin(scanned: ScannedText, index: number): boolean {
  const word = scanned.words[index]
  const previous = scanned.words[index - 1]
  if (word === undefined || word.shape === 'lower' || word.shape === 'number' || isInitial(word)) return false
  return previous === undefined || previous.shape === 'lower' || gapBefore(scanned, index) !== ' '
}

/** The word after the comma or `and` that begins at word `next`. */
function nextInList(scanned: ScannedText, next: number): number | undefined {
  if (listGap.test(gapBefore(scanned, next))) {
    const joint = scanned.words[next]?.folded
    return joint === 'e' || joint === 'and' ? next + 1 : next
  }
  const joint = scanned.words[next]
  const isJoint = joint?.shape === 'lower' && /^(?:e|and|y)$/.test(joint.folded)
  return isJoint && gapBefore(scanned, next) === ' ' ? next + 1 : undefined
}

function readListed(scanned: ScannedText, next: number): NameRun | undefined {
  const first = nextInList(scanned, next)
  if (first === undefined) return undefined
  const run = readName(scanned, first)
  if (run === undefined || run.first !== first || !isListable(scanned, run)) return undefined
  const isJoined = scanned.words[first - 1]?.shape === 'lower'
  if (isJoined) return run
  const isEnumerated = listEnd.test(
    scanned.text.slice(scanned.ends[run.next - 1], (scanned.ends[run.next - 1] ?? 0) + 5),
  )
  return isEnumerated && run.length > 1 && hasKnownName(scanned, run) ? run : undefined
}

function isListable(scanned: ScannedText, run: NameRun): boolean {
  const word = scanned.words[run.first]
  if (word === undefined || word.shape === 'lower' || isEponym(scanned, run)) return false
  return (word.traits & (trait.place | trait.month | trait.people)) === 0
}

const household = new Set(
  'kid kids family boy boys girl girls baby twins couple household brothers sisters residence'.split(' '),
)

/** `anesthesia (Kowalczyk)`, `the Abernathy kid`: a surname that is nothing else, in brackets or before a family word. */
export function isSurnameAlone(scanned: ScannedText, run: NameRun): boolean {
  const { traits = 0, shape } = scanned.words[run.first] ?? {}
  if (run.length !== 1 || (traits & trait.surname) === 0 || shape === 'upper') return false
  if (household.has(scanned.words[run.next]?.folded ?? '') && gapBefore(scanned, run.next) === ' ')
    return gapBefore(scanned, run.first) === ' '
  const isBracketed = gapBefore(scanned, run.first) === ' (' && gapBefore(scanned, run.next).startsWith(')')
  return isBracketed && (traits & (trait.ambiguous | trait.people)) === 0 && !isScholarly(scanned)
}
