import type { TextRange } from '../recognizer.js'

/** An identifier about to be replaced. */
export interface PhiValue extends TextRange {
  readonly type: string
  /** The identifier itself; it never leaves the strategy. */
  readonly value: string
}

/**
 * How identifiers are replaced. A document is opened with all its identifiers, so that a strategy may see that two of
 * them are one person before it writes the first.
 */
export interface Strategy {
  readonly name: string
  readonly openDocument: (values: readonly PhiValue[]) => (phi: PhiValue) => string
}

/** Key, patient and other choices of the strategies that need them. */
export interface StrategyOptions {
  /** Secret of the keyed strategies, at least 16 characters. From the environment or a file, never from a log. */
  readonly key?: string
  /** Whose record it is, for `date-shift`: all documents of one patient move by the same days. */
  readonly patient?: string
}
