import type { LabelRule, TextRange } from './recognizer.js'
import type { ScannedText } from './scanned-text.js'
import { scanText } from './scanned-text.js'

interface Entry<Owner> {
  readonly owner: Owner
  readonly rule: LabelRule
  /** The label's words after the first. */
  readonly rest: readonly string[]
}

/** A value found behind a label. */
export interface LabelledValue<Owner> extends TextRange {
  readonly owner: Owner
  readonly rule: LabelRule
}

// What may stand between two words of one label: `Nº do prontuário`, `D.N.`, `patient-ID`.
const innerGap = /^[ .º°/'’-]{1,3}$/

/** Labels by first word, so that a text is walked once however many labels there are. */
export class LabelIndex<Owner> {
  readonly #entries = new Map<string, Entry<Owner>[]>()

  add(owner: Owner, rule: LabelRule): void {
    for (const label of rule.labels) {
      const [first = '', ...rest] = scanText(label).words.map((word) => word.folded)
      const entries = this.#entries.get(first) ?? []
      entries.push({ owner, rule, rest })
      this.#entries.set(first, entries)
    }
  }

  /** Every labelled value of the text, in order of their labels. */
  find(scanned: ScannedText): LabelledValue<Owner>[] {
    const found: LabelledValue<Owner>[] = []
    for (const [index, word] of scanned.words.entries()) {
      const entries = this.#entries.get(word.folded)
      if (entries === undefined) continue
      for (const entry of entries) {
        const value = readValue(scanned, index, entry)
        if (value !== undefined) found.push(value)
      }
    }
    return found
  }
}

function readValue<Owner>(
  scanned: ScannedText,
  index: number,
  entry: Entry<Owner>,
): LabelledValue<Owner> | undefined {
  const { text, starts, ends, words } = scanned
  for (const [offset, expected] of entry.rest.entries()) {
    const at = index + offset + 1
    if (words[at]?.folded !== expected || !innerGap.test(text.slice(ends[at - 1], starts[at])))
      return undefined
  }
  const { connector, value, accept } = entry.rule
  connector.lastIndex = ends[index + entry.rest.length] ?? text.length
  if (!connector.test(text)) return undefined
  value.lastIndex = connector.lastIndex
  const match = value.exec(text)
  if (match === null) return undefined
  const range = { start: match.index, end: match.index + match[0].length }
  if (accept !== undefined && !accept(match[0], { ...range, text })) return undefined
  return { ...range, owner: entry.owner, rule: entry.rule }
}
