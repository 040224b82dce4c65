import { trait } from '../lexicon/lexicon.js'
import type { ScannedText } from '../scanned-text.js'
import { isScholarly } from '../scholarly-text.js'
import type { NameRun } from './name-run.js'

/** Two or more words in no list, each spelled like a name, in a note on a person. */
export function isAllLikely(scanned: ScannedText, run: NameRun): boolean {
  const words = scanned.words
    .slice(run.first, run.next)
    .filter((word) => (word.traits & trait.particle) === 0 && word.text.length > 1)
  const likely = trait.given | trait.surname | trait.nameLike
  return (
    words.length > 1 &&
    words.every(
      ({ text, traits, shape }) => shape !== 'mixed' && (text.length === 1 || (traits & likely) !== 0),
    ) &&
    words.some(({ traits }) => (traits & (trait.given | trait.nameLike)) !== 0) &&
    ((words[0]?.traits ?? 0) & (trait.place | trait.people)) === 0 &&
    !isScholarly(scanned)
  )
}

/** A given name first and a surname last: the order of a name, which two doubtful words share by chance rarely. */
export function orderScore(scanned: ScannedText, run: NameRun): number {
  const first = scanned.words[run.first]?.traits ?? 0
  const last = scanned.words[run.next - 1]?.traits ?? 0
  if ((first & trait.given) === 0) return 0
  if ((last & trait.surname) !== 0) return givenThenSurname
  return (last & trait.nameLike) !== 0 && !isScholarly(scanned) ? givenThenLikely : 0
}
const givenThenLikely = 0.6
const givenThenSurname = 0.9
