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

/**
 * Model FLOPs of an update on whole rows of equal length: `flopsPerToken` and the products of causal attention, which
 * grow with the length. Scores and their product with the values forward, and twice these backward: 6 products of 2·D
 * for each query head and each pair of a query and a key that it sees, T (T + 1) / 2 a row, fewer under a sliding window.
 * What gradient checkpointing or attention in chunks computes again does not count, nor do pairs that a mask hides.
 *
 * @see Chowdhery et al., "PaLM" (2022), appendix B, for model FLOPs; causal pairs alone are counted here
 */
export function flopsPerStep(
  model: CausalLM,
  rows: { readonly count: number; readonly length: number },
): number {
  const { numAttentionHeads, headDim, slidingWindow, slidingLayers } = model.config
  const { count, length } = rows
  let pairs = 0
  for (const slides of slidingLayers) pairs += visiblePairs(length, slides ? slidingWindow : undefined)
  const attention = 6 * 2 * headDim * numAttentionHeads * pairs
  return count * (flopsPerToken(model) * length + attention)
}

/** The first W tokens see themselves and all before, every later one W. */
function visiblePairs(length: number, window = length): number {
  const first = Math.min(length, window)
  return (first * (first + 1)) / 2 + (length - first) * first
}
