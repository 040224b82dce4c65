import type { LogitsProcessor } from './logits-processor.js'

/**
 * Makes each token that occurred less probable, once, however often it did: l < 0 → l·penalty, else l/penalty.
 *
 * @see Keskar et al., "CTRL: a conditional transformer language model for controllable generation" (2019)
 */
export function repetitionPenalty(penalty: number): LogitsProcessor {
  return (logits, ids) => {
    for (const id of new Set(ids)) {
      const logit = logits[id]
      if (logit !== undefined) logits[id] = logit < 0 ? logit * penalty : logit / penalty
    }
  }
}
