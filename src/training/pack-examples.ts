import { ignoredLabel, type TokenizedExample } from './tokenized-example.js'

/**
 * Joins rows so that fewer tokens are padding: the longest first, each where the least space is left that holds it
 * (best fit, decreasing). The model keeps them apart by `segmentLengths`, and the first label of each is masked, because
 * nothing in its own row predicts it; so the loss over all rows is that of the rows alone.
 *
 * @param capacity tokens of a packed row; no example is longer
 * @returns packed rows, those with the longest example first
 * @see Ding et al., "Fewer Truncations Improve Language Modeling" (2024)
 */
export function packExamples(examples: readonly TokenizedExample[], capacity: number): TokenizedExample[] {
  const packed: TokenizedExample[][] = []
  const withSpace: TokenizedExample[][][] = Array.from({ length: capacity + 1 }, () => [])
  const decreasing = [...examples].sort((a, b) => b.inputIds.length - a.inputIds.length)
  for (const example of decreasing) {
    const { length } = example.inputIds
    let space = length
    while (space < capacity && withSpace[space]?.length === 0) space++
    let row = withSpace[space]?.shift()
    if (row === undefined) {
      row = []
      packed.push(row)
      space = capacity
    }
    row.push(example)
    withSpace[space - length]?.push(row)
  }
  return packed.map(join)
}

function join(examples: readonly TokenizedExample[]): TokenizedExample {
  return {
    inputIds: examples.flatMap(({ inputIds }) => inputIds),
    labels: examples.flatMap(({ labels }) => [ignoredLabel, ...labels.slice(1)]),
    segmentLengths: examples.map(({ inputIds }) => inputIds.length),
  }
}
