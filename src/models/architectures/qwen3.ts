import { type Architecture, decoderArchitecture } from '../architecture.js'
import { readQwen } from './qwen2.js'

/**
 * Qwen 3, dense: as Qwen 2 without those biases, with norms of each head's query and key and heads of a size of their
 * own.
 *
 * @see Yang et al., "Qwen3 Technical Report" (2025)
 */
export const qwen3: Architecture = decoderArchitecture('qwen3', (fields) => {
  const bias = fields.boolean('attention_bias', false)
  return {
    ...readQwen(fields, 128),
    queryKeyNorm: true,
    queryKeyValueBias: bias,
    attentionOutputBias: bias,
  }
})
