import type { TextRange } from '../recognizer.js'

/** An identifier about to be replaced. */
export interface PhiValue extends TextRange {
  readonly type: string
  /** The identifier itself; it never leaves the strategy. */
  readonly value: string
}

/** How identifiers are replaced. A replacer is made per document, so that it may remember what it has seen there. */
export interface Strategy {
  readonly name: string
  readonly openDocument: () => (phi: PhiValue) => string
}
