import { countBelow } from '../count-below.js'

/** out[i · width + j] = table[bytes[i] · width + j] */
export function lookUpLoop(bytes: Uint8Array, table: Float32Array, width: number, out: Float32Array): void {
  if (width === 2) {
    // A pair of 32-bit numbers moves as one of 64 bits.
    const pairs = new Float64Array(table.slice().buffer)
    if (out.byteOffset % 8 === 0) {
      const target = new Float64Array(out.buffer, out.byteOffset, bytes.length)
      for (let i = 0; i < bytes.length; i++) target[i] = pairs[bytes[i] as number] as number
      return
    }
  }
  for (let i = 0, to = 0; i < bytes.length; i++) {
    const from = (bytes[i] as number) * width
    for (let j = 0; j < width; j++) out[to++] = table[from + j] as number
  }
}

/** The least divisor of a row: a smaller one would make its inverse infinite. */
const smallestMaximum = Math.fround(1e-38)

/** Rows by their largest magnitude, values by the number of boundaries strictly below them. See `Ops.encodeRows`. */
export function encodeRowsLoop(
  x: Float32Array,
  width: number,
  boundaries: Float32Array,
  { codes, maxima }: { codes: Uint8Array; maxima: Float32Array },
): void {
  for (let row = 0; row < maxima.length; row++) {
    const begin = row * width
    let maximum = 0
    for (let i = begin; i < begin + width; i++) maximum = Math.max(maximum, Math.abs(x[i] as number))
    maxima[row] = maximum
    const inverse = Math.fround(1 / Math.max(maximum, smallestMaximum))
    for (let i = begin; i < begin + width; i++) {
      codes[i] = countBelow(boundaries, Math.fround((x[i] as number) * inverse))
    }
  }
}
