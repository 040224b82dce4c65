export interface RotaryLoop {
  readonly x: Float32Array
  /** cos and sin, [T, D/2], or [B, T, D/2] */
  readonly cos: Float32Array
  readonly sin: Float32Array
  readonly out: Float32Array
  /** Elements of one head: T · D, or B · T · D where rows of the batch have angles of their own. */
  readonly period: number
  /** −1 rotates back. */
  readonly direction: 1 | -1
}

/** Rotates consecutive pairs; the tables repeat every `period` elements of x. */
export function rotaryLoop({ x, cos, sin, out, period, direction }: RotaryLoop): void {
  for (let start = 0; start < x.length; start += period) {
    for (let pair = 0, at = start; pair < period / 2; pair++, at += 2) {
      const c = cos[pair] as number
      const s = direction * (sin[pair] as number)
      const even = x[at] as number
      const odd = x[at + 1] as number
      out[at] = even * c - odd * s
      out[at + 1] = even * s + odd * c
    }
  }
}
