import { trait } from '../lexicon/lexicon.js'
import type { Confidence, TextRange } from '../recognizer.js'
import type { ScannedText } from '../scanned-text.js'
import { isEponym, isOfThing } from './name-context.js'
import { gapBefore, isInitial, type NameRun } from './name-run.js'

const shortestMention = 3

/** Parts of a found name wherever else they stand with a capital: `Silva` after `Maria da Silva`. */
export function* findMentions(
  scanned: ScannedText,
  found: readonly NameRun[],
): Generator<TextRange & { confidence: Confidence }> {
  const parts = new Set<string>()
  /** Surnames that are ordinary words: they have to own something, `Bishop's cultures`. */
  const doubtful = new Set<string>()
  const covered = new Uint8Array(scanned.words.length)
  for (const name of found) {
    covered.fill(1, name.first, name.next)
    for (let at = name.first; at < name.next; at++) {
      const word = scanned.words[at]
      if (
        word !== undefined &&
        word.text.length >= shortestMention &&
        (word.traits & (trait.particle | trait.safe)) === 0
      )
        parts.add(word.folded)
    }
    const last = scanned.words[name.next - 1]
    if (
      name.length > 1 &&
      last !== undefined &&
      (last.traits & trait.month) === 0 &&
      last.text.length > shortestMention
    )
      doubtful.add(last.folded)
  }
  for (const [index, word] of scanned.words.entries()) {
    if (covered[index] === 1 || word.shape === 'lower') continue
    if (!parts.has(word.folded) && !(doubtful.has(word.folded) && isOwner(scanned, index))) continue
    const initial = scanned.words[index - 1]
    const hasInitial = initial !== undefined && isInitial(initial) && gapBefore(scanned, index) === '. '
    const run = { first: hasInitial ? index - 1 : index, next: index + 1, length: 1, score: 0 }
    const isDoubtful = !parts.has(word.folded) || (doubtful.has(word.folded) && isOwner(scanned, index))
    if (isDoubtful ? isOfThing(scanned, run) : isEponym(scanned, run)) continue
    yield { start: scanned.starts[run.first] ?? 0, end: scanned.ends[index] ?? 0, confidence: 'dictionary' }
  }
}

function isOwner(scanned: ScannedText, index: number): boolean {
  return (
    scanned.words[index]?.shape === 'capitalised' &&
    scanned.words[index + 1]?.text === 's' &&
    /^['’]$/.test(gapBefore(scanned, index + 1))
  )
}
