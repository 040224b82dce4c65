import { nameLikenessBias, nameLikenessScale, nameLikenessWeights } from './name-likeness-weights.js'

const weights = Int8Array.from(atob(nameLikenessWeights), (unit) => unit.charCodeAt(0))
const mask = weights.length - 1
const shortest = 2
const longest = 4

/**
 * How much a folded word is spelled like a name of a person rather than an ordinary word of Portuguese or English: log odds,
 * 0 is even. Sums the weights of its hashed runs of two to four letters.
 */
export function nameLikeness(folded: string): number {
  const text = `^${folded}$`
  let sum = 0
  for (let size = shortest; size <= longest; size++) {
    for (let at = 0; at + size <= text.length; at++) {
      let hash = 2166136261
      for (let offset = 0; offset < size; offset++)
        hash = Math.imul(hash ^ text.charCodeAt(at + offset), 16777619) >>> 0
      sum += weights[(hash ^ (hash >>> 15)) & mask] ?? 0
    }
  }
  return sum * nameLikenessScale + nameLikenessBias
}
