import { trait } from '../lexicon/lexicon.js'
import { gapBefore } from '../names/name-run.js'
import type { ScannedText } from '../scanned-text.js'

const linking = new Set([
  'de',
  'da',
  'do',
  'das',
  'dos',
  'e',
  'of',
  'the',
  'and',
  'for',
  'del',
  'la',
  'dr',
  'dra',
  'prof',
  'sr',
  'sra',
  'st',
  'd',
  'in',
  'at',
])

/** What a run of capitals may contain. */
export interface CapitalRunOptions {
  readonly maxWords: number
  /** Words that end the run even with a capital, folded. */
  readonly stops?: ReadonlySet<string>
  readonly allowNumbers?: boolean
}

/** The word after the capitalised words that begin at `first`, linking words inside included; `first` if there is none. */
export function readCapitals(scanned: ScannedText, first: number, options: CapitalRunOptions): number {
  const { words } = scanned
  let next = first
  for (let at = first; at < words.length && at < first + options.maxWords; at++) {
    const word = words[at]
    if (word === undefined) break
    if (at > first && !/^(?:[ ]|-|['’]|\. | - )$/.test(gapBefore(scanned, at))) break
    if (at > first && gapBefore(scanned, at) === '. ' && !isAbbreviation(words[at - 1]?.folded ?? '')) break
    if (gapBefore(scanned, at) === ' - ' && at > first) break
    if (linking.has(word.folded) && word.shape !== 'upper') continue
    const isNumber = word.shape === 'number' && options.allowNumbers === true
    if (!isNumber && (word.shape === 'lower' || word.shape === 'number')) break
    if (options.stops?.has(word.folded) === true) break
    const isAfterLinking = linking.has(words[at - 1]?.folded ?? '')
    if (
      !isAfterLinking &&
      gapBefore(scanned, at) !== '-' &&
      (word.traits & trait.month) !== 0 &&
      // `Av. Beira Mar`.
      words[at - 1]?.folded !== 'beira' &&
      (word.traits & trait.given) === 0
    )
      break
    next = at + 1
  }
  return next
}

function isAbbreviation(folded: string): boolean {
  return (
    folded.length === 1 ||
    [
      'dr',
      'dra',
      'prof',
      'profa',
      'sr',
      'sra',
      'sta',
      'sto',
      'st',
      'cel',
      'gen',
      'mal',
      'pe',
      'eng',
      'des',
      'pres',
      'gov',
      'min',
      'vis',
      'ver',
      'dep',
      'sen',
      'brig',
      'alm',
      'cap',
      'ten',
      'sgt',
      'av',
      'mun',
      'reg',
      'univ',
      'est',
      'fed',
      'r',
      'al',
      'jd',
      'vl',
      'pq',
    ].includes(folded)
  )
}
