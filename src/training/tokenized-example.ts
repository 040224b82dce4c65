/** Marks a position where no loss is wanted. */
export const ignoredLabel = -100

/** One row as the model sees it. */
export interface TokenizedExample {
  readonly inputIds: readonly number[]
  /** As long as `inputIds`, not shifted; −100 where no loss is wanted. */
  readonly labels: readonly number[]
  /** Lengths of the rows that a packed row joins, in their order; undefined for a row of its own. */
  readonly segmentLengths?: readonly number[]
}

/**
 * How many positions of a row have a loss: labels other than −100 after the first, because position t is predicted
 * from the one before it.
 */
export function labelCount(labels: ArrayLike<number>): number {
  let count = 0
  for (let t = 1; t < labels.length; t++) if (labels[t] !== ignoredLabel) count++
  return count
}
