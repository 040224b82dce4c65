import type { TokenBatch } from '../models/causal-lm.js'
import { ignoredLabel, type TokenizedExample } from './tokenized-example.js'

export interface DataCollatorOptions {
  /** Id written behind short rows. Any valid id will do: padding is masked by position, never by id. */
  readonly padTokenId: number
  /** Row lengths are rounded up to a multiple of this. */
  readonly padToMultipleOf: number
}

/**
 * Pads rows on the right to one length. Labels of padding are −100 by position, so that a pad token which is also the
 * end-of-sequence token is still learned where a row ends.
 */
export class DataCollator {
  constructor(private readonly options: DataCollatorOptions) {}

  collate(examples: readonly TokenizedExample[]): TokenBatch {
    const { padTokenId, padToMultipleOf } = this.options
    const longest = Math.max(...examples.map(({ inputIds }) => inputIds.length))
    const length = Math.ceil(longest / padToMultipleOf) * padToMultipleOf
    const inputIds = new Int32Array(examples.length * length).fill(padTokenId)
    const labels = new Int32Array(examples.length * length).fill(ignoredLabel)
    for (const [row, example] of examples.entries()) {
      inputIds.set(example.inputIds, row * length)
      labels.set(example.labels, row * length)
    }
    const batch = { inputIds, labels, batchSize: examples.length, length }
    const packed = examples.some(({ segmentLengths }) => segmentLengths !== undefined)
    return packed ? { ...batch, segmentIds: segmentIds(examples, length) } : batch
  }
}

/** Numbers the rows within each packed row from 0; padding is one more. */
function segmentIds(examples: readonly TokenizedExample[], length: number): Int32Array {
  const ids = new Int32Array(examples.length * length)
  for (const [row, { inputIds, segmentLengths = [inputIds.length] }] of examples.entries()) {
    let begin = row * length
    for (const [segment, size] of segmentLengths.entries()) {
      ids.fill(segment, begin, begin + size)
      begin += size
    }
    ids.fill(segmentLengths.length, begin, (row + 1) * length)
  }
  return ids
}
