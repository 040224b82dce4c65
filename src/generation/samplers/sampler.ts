import { MedtuneError } from '../../errors.js'

/** Chooses the next token of one row. @param logits float32 [V] @throws INTERNAL when the logits are not numbers */
export type Sampler = (logits: Float32Array) => number

/** Index of the highest logit, the first among equals. @throws INTERNAL when a logit is NaN */
export function highestIndex(logits: Float32Array): number {
  let best = 0
  for (let i = 0; i < logits.length; i++) {
    const value = logits[i] as number
    if (Number.isNaN(value)) {
      throw new MedtuneError(
        'INTERNAL',
        `Logits must be numbers; the one of token ${i} is NaN. Load the model in float32; if it stays, its weights are damaged.`,
      )
    }
    if (value > (logits[best] as number)) best = i
  }
  return best
}
