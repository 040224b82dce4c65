import type { GoldSpan } from './marked-text.fixture.js'

/** Figures of a comparison with gold spans, shares from 0 to 1. */
export interface Score {
  /** Gold spans of which every letter and digit is covered. */
  readonly fullRecall: number
  /** Found spans that touch a gold span. */
  readonly precision: number
}

interface ScoredText {
  readonly text: string
  readonly gold: readonly GoldSpan[]
  /** Spans that may be found or not. */
  readonly ignore?: readonly GoldSpan[]
  readonly found: readonly { readonly start: number; readonly end: number }[]
}

const overlaps = (a: { start: number; end: number }, b: { start: number; end: number }): boolean =>
  a.start < b.end && b.start < a.end

/** Recall over whole identifiers and precision over finds. */
export function score(texts: readonly ScoredText[]): Score {
  let full = 0
  let gold = 0
  let right = 0
  let wrong = 0
  for (const { text, gold: spans, ignore = [], found } of texts) {
    const covered = new Uint8Array(text.length)
    for (const span of found) covered.fill(1, span.start, span.end)
    gold += spans.length
    full += spans.filter((span) => isCovered(text, span, covered)).length
    for (const span of found) {
      if (spans.some((other) => overlaps(span, other))) right++
      else if (!ignore.some((other) => overlaps(span, other))) wrong++
    }
  }
  return { fullRecall: full / gold, precision: right / (right + wrong) }
}

function isCovered(text: string, span: GoldSpan, covered: Uint8Array): boolean {
  for (let at = span.start; at < span.end; at++)
    if (/[\p{L}\p{N}]/u.test(text[at] ?? '') && covered[at] === 0) return false
  return true
}
