import { trait } from './lexicon/lexicon.js'
import type { ScannedText } from './scanned-text.js'

const enoughWords = 4
const known = new WeakMap<ScannedText, boolean>()

/** True of the text of a paper: four different words of research. */
export function isScholarly(scanned: ScannedText): boolean {
  let answer = known.get(scanned)
  if (answer === undefined) {
    const seen = new Set<string>()
    for (const { traits, folded } of scanned.words) {
      if ((traits & trait.research) !== 0) seen.add(folded)
      if (seen.size >= enoughWords) break
    }
    answer = seen.size >= enoughWords
    known.set(scanned, answer)
  }
  return answer
}
