import type { MatmulPlan, MatrixOffsets } from './matmul-plan.js'

/** Rows and columns of the block that the innermost loop keeps in local variables. */
const block = 4
/** Packed columns of B that stay in the processor's cache while all rows of A pass by. */
const panelColumns = 64

/**
 * One product in plain JavaScript. Both operands are first packed as float64 in the order in which the inner loop reads
 * them: the loop then has no strides, converts no number and serves all four transpositions alike.
 */
export function matmulLoop(
  plan: MatmulPlan,
  at: MatrixOffsets,
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
): void {
  const { rows, inner, columns } = plan
  if (rows === 0 || columns === 0) return
  const [stepRow, stepInnerA] = plan.transposeA ? [1, rows] : [inner, 1]
  const [stepColumn, stepInnerB] = plan.transposeB ? [inner, 1] : [1, columns]
  const packedA = pack(a, at.a, rows, stepRow, inner, stepInnerA)
  for (let left = 0; left < columns; left += panelColumns) {
    const width = Math.min(panelColumns, columns - left)
    const packedB = pack(b, at.b + left * stepColumn, width, stepColumn, inner, stepInnerB)
    for (let top = 0; top < rows; top += block) {
      for (let c = 0; c < width; c += block) {
        multiplyBlock(packedA, top * inner, packedB, c * inner, inner)
        storeBlock(
          out,
          at.out + top * columns + left + c,
          columns,
          Math.min(block, rows - top),
          Math.min(block, width - c),
        )
      }
    }
  }
}

/** Lines of a matrix in groups of four, element k of all four side by side; missing lines are zeros. */
function pack(
  x: Float32Array,
  from: number,
  lines: number,
  stepLine: number,
  inner: number,
  stepInner: number,
): Float64Array {
  const groups = Math.ceil(lines / block)
  const packed = new Float64Array(groups * block * inner)
  for (let line = 0; line < lines; line++) {
    const start = from + line * stepLine
    let to = (line - (line % block)) * inner + (line % block)
    for (let k = 0; k < inner; k++, to += block) packed[to] = x[start + k * stepInner] as number
  }
  return packed
}

/** The block that `multiplyBlock` leaves for `storeBlock`, row-major. */
const sums = new Float64Array(block * block)

function multiplyBlock(a: Float64Array, fromA: number, b: Float64Array, fromB: number, inner: number): void {
  let s00 = 0
  let s01 = 0
  let s02 = 0
  let s03 = 0
  let s10 = 0
  let s11 = 0
  let s12 = 0
  let s13 = 0
  let s20 = 0
  let s21 = 0
  let s22 = 0
  let s23 = 0
  let s30 = 0
  let s31 = 0
  let s32 = 0
  let s33 = 0
  for (let k = 0, i = fromA, j = fromB; k < inner; k++, i += block, j += block) {
    const b0 = b[j] as number
    const b1 = b[j + 1] as number
    const b2 = b[j + 2] as number
    const b3 = b[j + 3] as number
    const a0 = a[i] as number
    s00 += a0 * b0
    s01 += a0 * b1
    s02 += a0 * b2
    s03 += a0 * b3
    const a1 = a[i + 1] as number
    s10 += a1 * b0
    s11 += a1 * b1
    s12 += a1 * b2
    s13 += a1 * b3
    const a2 = a[i + 2] as number
    s20 += a2 * b0
    s21 += a2 * b1
    s22 += a2 * b2
    s23 += a2 * b3
    const a3 = a[i + 3] as number
    s30 += a3 * b0
    s31 += a3 * b1
    s32 += a3 * b2
    s33 += a3 * b3
  }
  sums[0] = s00
  sums[1] = s01
  sums[2] = s02
  sums[3] = s03
  sums[4] = s10
  sums[5] = s11
  sums[6] = s12
  sums[7] = s13
  sums[8] = s20
  sums[9] = s21
  sums[10] = s22
  sums[11] = s23
  sums[12] = s30
  sums[13] = s31
  sums[14] = s32
  sums[15] = s33
}

function storeBlock(out: Float32Array, to: number, stepRow: number, rows: number, columns: number): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[to + row * stepRow + column] = sums[row * block + column] as number
    }
  }
}
