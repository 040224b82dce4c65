import { LabelIndex } from './label-index.js'
import { normalizeText } from './normalization.js'
import { isActive, type ProfileName } from './profiles.js'
import { findProtected } from './protected-text.js'
import { recase } from './recased-text.js'
import type { PatternRule, Recognizer, SearchRule, TextRange } from './recognizer.js'
import { type Candidate, resolve } from './resolution.js'
import { type ScannedText, scanText } from './scanned-text.js'

/** A found identifier before replacement: where, what, and which rule says so. */
export interface Detection extends Candidate {
  /** `recognizer/rule`, for audits. */
  readonly rule: string
}

interface Owned<R> {
  readonly recognizer: Recognizer
  readonly order: number
  readonly rule: R
}

/** Runs a list of recognizers in one profile over a text. */
export class Detector {
  readonly #patterns: Owned<PatternRule>[] = []
  readonly #searches: Owned<SearchRule>[] = []
  /** Only rules about names and places look at capitals. */
  readonly #recases: boolean
  readonly #labels = new LabelIndex<{ recognizer: Recognizer; order: number }>()

  constructor(recognizers: readonly Recognizer[], profile: ProfileName) {
    this.#recases = isActive('clinical', profile)
    for (const [order, recognizer] of recognizers.entries()) {
      for (const rule of recognizer.rules) {
        if (!isActive(rule.since, profile)) continue
        if (rule.kind === 'pattern') this.#patterns.push({ recognizer, order, rule })
        else if (rule.kind === 'label') this.#labels.add({ recognizer, order }, rule)
        else this.#searches.push({ recognizer, order, rule })
      }
    }
  }

  /** Disjoint spans in order of the text, in its own offsets. */
  detect(original: string): Detection[] {
    const { text, toOriginal } = normalizeText(original)
    const scanned = this.#recases ? recase(scanText(text)) : scanText(text)
    const found: Detection[] = []
    for (const { recognizer, order, rule } of this.#patterns) {
      for (const range of matchPattern(rule, scanned)) found.push(detection(recognizer, order, rule, range))
    }
    for (const { owner, rule, start, end } of this.#labels.find(scanned)) {
      found.push(
        detection(owner.recognizer, owner.order, { name: rule.name, confidence: 'label' }, { start, end }),
      )
    }
    for (const { recognizer, order, rule } of this.#searches) {
      for (const range of rule.search(scanned)) {
        const confidence = range.confidence ?? rule.confidence
        found.push(detection(recognizer, order, { name: rule.name, confidence }, range))
      }
    }
    if (found.length === 0) return found
    return resolve(found, findProtected(text)).map((span) => ({ ...span, ...toOriginal(span) }))
  }
}

function matchPattern(
  { regex, anchor, needs, digits, accept }: PatternRule,
  scanned: ScannedText,
): TextRange[] {
  const { text } = scanned
  const ranges: TextRange[] = []
  const take = (value: string, start: number) => {
    const range = { start, end: start + value.length }
    if (accept === undefined || accept(value, { ...range, text })) ranges.push(range)
  }
  if (anchor === 'text') {
    if (needs !== undefined && !(typeof needs === 'string' ? text.includes(needs) : needs.test(text)))
      return ranges
    // Not `matchAll`, which copies its pattern at every call.
    regex.lastIndex = 0
    for (let match = regex.exec(text); match !== null; match = regex.exec(text)) {
      take(match[0], match.index)
      if (match[0] === '') regex.lastIndex++
    }
    return ranges
  }
  const starts = scanned.anchors[anchor]
  const { digitsAhead } = scanned
  let end = 0
  for (let index = 0; index < starts.length; index++) {
    const start = starts[index] ?? 0
    if (start < end || (digits !== undefined && (digitsAhead[index] ?? 0) < digits)) continue
    regex.lastIndex = start
    const match = regex.exec(text)
    if (match === null) continue
    take(match[0], start)
    end = ranges.at(-1)?.end ?? 0
  }
  return ranges
}

function detection(
  recognizer: Recognizer,
  order: number,
  rule: Pick<Detection, 'confidence'> & { name: string },
  range: { start: number; end: number },
): Detection {
  const { entity } = recognizer
  return {
    start: range.start,
    end: range.end,
    entity,
    recognizer: entity,
    confidence: rule.confidence,
    order,
    rule: `${entity}/${rule.name}`,
  }
}
