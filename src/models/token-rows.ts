import { MedtuneError } from '../errors.js'

/** Label of a position without loss. */
const ignoredLabel = -100

/** Rows of token ids as one array. */
export interface TokenRows {
  /** int32 [B, T] */
  readonly data: Int32Array
  readonly batchSize: number
  readonly length: number
}

/** @throws INVALID_ARGUMENT unless `rows` are ≥ 1 rows of one length ≥ 1 */
export function packRows(name: string, rows: readonly (readonly number[])[]): TokenRows {
  const length = rows[0]?.length ?? 0
  if (length === 0)
    throw new MedtuneError('INVALID_ARGUMENT', `${name} must hold at least one token in each row.`)
  const uneven = rows.findIndex((row) => row.length !== length)
  if (uneven >= 0) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `${name} must have rows of equal length; row 0 has ${length} tokens, row ${uneven} has ${rows[uneven]?.length}. Pad the shorter ones.`,
    )
  }
  const data = new Int32Array(rows.length * length)
  rows.forEach((row, index) => {
    checkIntegers(name, row, index)
    data.set(row, index * length)
  })
  return { data, batchSize: rows.length, length }
}

function checkIntegers(name: string, row: readonly number[], index: number): void {
  const bad = row.findIndex((id) => !Number.isInteger(id))
  if (bad < 0) return
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `${name} must be integers; row ${index}, position ${bad} is not. Encode the text with the model's tokenizer.`,
  )
}

/** @throws INVALID_ARGUMENT for an id outside 0..V−1 */
export function checkTokenIds(name: string, ids: Int32Array, vocabSize: number): void {
  const bad = ids.findIndex((id) => id < 0 || id >= vocabSize)
  if (bad < 0) return
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `${name} must be token ids from 0 to ${vocabSize - 1}; position ${bad} holds ${ids[bad]}. Use the model's own tokenizer.`,
  )
}

/**
 * The positions that predict a label: row t − 1 for a label at t. The first label of a row or segment has no predecessor.
 *
 * @param labels int32 [B, T], −100 where no loss is wanted
 * @param segmentIds int32 [B, T] of packed rows
 * @throws INVALID_ARGUMENT for a label that is neither −100 nor in 0..V−1
 */
export function labelledRows(
  labels: Int32Array,
  length: number,
  vocabSize: number,
  segmentIds?: Int32Array,
): { rows: Int32Array; labels: Int32Array } {
  const rows: number[] = []
  const kept: number[] = []
  labels.forEach((label, position) => {
    if (label === ignoredLabel || position % length === 0) return
    if (segmentIds !== undefined && segmentIds[position] !== segmentIds[position - 1]) return
    rows.push(position - 1)
    kept.push(label)
  })
  const result = { rows: Int32Array.from(rows), labels: Int32Array.from(kept) }
  checkTokenIds('labels', result.labels, vocabSize)
  return result
}
