import type { Random } from '../../tensors/random.js'
import { highestIndex, type Sampler } from './sampler.js'

/** A token drawn by its probability, softmax(logits). */
export function multinomialSampler(random: Random): Sampler {
  return (logits) => {
    const best = highestIndex(logits)
    const highest = logits[best] as number
    let total = 0
    for (const logit of logits) total += Math.exp(logit - highest)
    let remaining = random.uniform() * total
    for (let i = 0; i < logits.length; i++) {
      remaining -= Math.exp((logits[i] as number) - highest)
      if (remaining < 0) return i
    }
    return best // the sum, taken twice, may differ by its rounding
  }
}
