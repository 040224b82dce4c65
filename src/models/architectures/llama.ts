import { type Architecture, decoderArchitecture } from '../architecture.js'
import type { ConfigFields } from '../config-fields.js'
import { type ModelConfig, readModelConfig } from '../model-config.js'

/**
 * Llama 1 to 3.2 and models of the same form (SmolLM, TinyLlama …): RMSNorm, rotary positions, grouped key/value heads,
 * SwiGLU, tied or untied head, biases.
 *
 * @see Touvron et al., "LLaMA" (2023); Grattafiori et al., "The Llama 3 Herd of Models" (2024)
 */
export const llama: Architecture = decoderArchitecture('llama', readConfig)

function readConfig(fields: ConfigFields): ModelConfig {
  const bias = fields.boolean('attention_bias', false)
  return {
    ...readModelConfig(fields, { tieWordEmbeddings: false }),
    queryKeyValueBias: bias,
    attentionOutputBias: bias,
    mlpBias: fields.boolean('mlp_bias', false),
  }
}
