import type { LogitsProcessor } from './logits-processor.js'

/** Largest vocabulary: an index and an ordered float32 share the 53 exact bits of a number. */
const indexRange = 2 ** 21

/**
 * Nucleus: rules out the least probable tokens whose probabilities add up to at most 1 − p. The most probable stays.
 *
 * @param p from 0 to 1
 * @see Holtzman et al., "The curious case of neural text degeneration" (2020)
 */
export function topP(p: number): LogitsProcessor {
  return (logits) => {
    const order = ascendingOrder(logits)
    const highest = logits[order.at(-1) ?? 0] as number
    let total = 0
    for (const index of order) total += Math.exp((logits[index] as number) - highest)
    let cumulative = 0
    for (const index of order.subarray(0, -1)) {
      cumulative += Math.exp((logits[index] as number) - highest) / total
      if (cumulative > 1 - p) break
      logits[index] = Number.NEGATIVE_INFINITY
    }
  }
}

/**
 * Indices of the tokens that are not ruled out, lowest logit first, equal ones by index. Sorting plain numbers is
 * many times faster than sorting indices with a comparison: value and index are packed into one number.
 */
function ascendingOrder(logits: Float32Array): Uint32Array {
  const bits = new Uint32Array(logits.buffer, logits.byteOffset, logits.length)
  const keys = new Float64Array(logits.length)
  let count = 0
  for (let i = 0; i < logits.length; i++) {
    if (logits[i] === Number.NEGATIVE_INFINITY) continue
    const pattern = bits[i] as number
    // Flips the bits so that unsigned order is numeric order: all of a negative number, the sign of the others.
    const ordered = (pattern >= 0x80000000 ? ~pattern : pattern | 0x80000000) >>> 0
    keys[count++] = ordered * indexRange + i
  }
  return Uint32Array.from(keys.subarray(0, count).sort(), (key) => key % indexRange)
}
