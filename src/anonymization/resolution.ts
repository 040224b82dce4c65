import { type Confidence, confidences, type TextRange } from './recognizer.js'

/** What resolution needs to know of a find. */
export interface Candidate extends TextRange {
  readonly entity: string
  readonly recognizer: string
  readonly confidence: Confidence
  /** Place of its recognizer in the list; breaks the last ties. */
  readonly order: number
}

function overlaps(a: TextRange, b: TextRange): boolean {
  return a.start < b.end && b.start < a.end
}

/** Negative when `a` is the stronger find: explicit label > checksum > pattern > dictionary, then length, then order. */
function compareStrength(a: Candidate, b: Candidate): number {
  return (
    confidences.indexOf(a.confidence) - confidences.indexOf(b.confidence) ||
    b.end - b.start - (a.end - a.start) ||
    a.order - b.order
  )
}

/**
 * Disjoint spans, in order of the text. What overlaps a protected range is dropped; finds that overlap each other
 * become one span over their union, named by the strongest, so that nothing half found is left readable.
 */
export function resolve<C extends Candidate>(
  candidates: readonly C[],
  protectedRanges: readonly TextRange[],
): C[] {
  const ordered = candidates
    .filter((candidate) => !protectedRanges.some((range) => overlaps(candidate, range)))
    .sort((a, b) => a.start - b.start || b.end - a.end)
  const spans: C[] = []
  for (const candidate of ordered) {
    const last = spans.at(-1)
    if (last === undefined || candidate.start >= last.end) {
      spans.push(candidate)
      continue
    }
    const stronger = compareStrength(candidate, last) < 0 ? candidate : last
    spans[spans.length - 1] = { ...stronger, start: last.start, end: Math.max(last.end, candidate.end) }
  }
  return spans
}
