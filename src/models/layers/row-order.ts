/**
 * How the output rows of a weight are stored. `rotary` rows (queries and keys) are permuted at load, head by head, from
 * the checkpoint's half-rotation order (j, j + D/2) to consecutive pairs (2j, 2j + 1), so that a rotation is one
 * complex product; whatever writes or reads such rows in a file permutes them back (`rowsToCheckpoint`, `rowsFromCheckpoint`).
 */
export type RowOrder =
  | { readonly kind: 'plain' }
  | {
      readonly kind: 'rotary'
      readonly headSize: number
      /** How many of each head's rows turn (partial rotary); default all. */
      readonly turnedSize?: number
      /** How many rows, from the first, are queries and keys (fused projections); default all. */
      readonly turnedRows?: number
    }

/**
 * Rows of a checkpoint's weight or bias in the order the engine computes with: for `rotary`, head by head, rows
 * (j, j + R/2) of the R that turn become (2j, 2j + 1).
 *
 * @param data float32 [rowCount, ...], row-major
 * @returns `data` itself when nothing changes, otherwise new memory
 */
export function rowsFromCheckpoint(
  data: Float32Array,
  rowCount: number,
  order: RowOrder = { kind: 'plain' },
): Float32Array {
  return reorder(data, rowCount, order, 'interleave')
}

/** The reverse of `rowsFromCheckpoint`. */
export function rowsToCheckpoint(
  data: Float32Array,
  rowCount: number,
  order: RowOrder = { kind: 'plain' },
): Float32Array {
  return reorder(data, rowCount, order, 'separate')
}

function reorder(
  data: Float32Array,
  rowCount: number,
  order: RowOrder,
  direction: 'interleave' | 'separate',
): Float32Array {
  if (order.kind === 'plain') return data
  const { headSize, turnedSize = headSize, turnedRows = rowCount } = order
  const width = data.length / rowCount
  const half = turnedSize / 2
  const result = Float32Array.from(data)
  for (let row = 0; row < turnedRows; row++) {
    const inHead = row % headSize
    if (inHead >= turnedSize) continue
    const interleaved = row - inHead + 2 * (inHead % half) + (inHead < half ? 0 : 1)
    const [from, to] = direction === 'interleave' ? [row, interleaved] : [interleaved, row]
    result.set(data.subarray(from * width, (from + 1) * width), to * width)
  }
  return result
}
