import type { CausalLM } from '../models/causal-lm.js'
import { elements } from './optimizers/flat-vector.js'

/**
 * Floating-point operations that training spends per token on the model's matrices, attention left out: two per weight
 * forward, two for the gradient of its input, and two more for its own where it is trained. So 4 N for a frozen model of
 * N weights, 6 N for one trained in full; an adapter's factors come on top.
 *
 * @see Kaplan et al., "Scaling Laws for Neural Language Models" (2020), for 6 N
 */
export function flopsPerToken(model: CausalLM): number {
  const { vocabSize, hiddenSize, tieWordEmbeddings } = model.config
  let weights = tieWordEmbeddings ? vocabSize * hiddenSize : 0
  for (const { inFeatures, outFeatures } of model.linears().values()) weights += inFeatures * outFeatures
  let ofTrained = 0
  for (const { path, value, trainable } of model.parameters()) {
    // Looking a row up costs nothing; only as output head is the embedding a matrix that multiplies.
    const multiplies =
      value.shape.length === 2 && (tieWordEmbeddings || !path.endsWith('embed_tokens.weight'))
    if (trainable && multiplies) ofTrained += (path.includes('.lora_') ? 6 : 2) * elements(value)
  }
  return 4 * weights + ofTrained
}
