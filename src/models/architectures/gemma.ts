import { type Architecture, decoderArchitecture } from '../architecture.js'
import type { ConfigFields } from '../config-fields.js'
import { type FamilyDefaults, type ModelConfig, readModelConfig } from '../model-config.js'

/**
 * Gemma 1: norms that multiply by 1 + w, embeddings times √E, GELU (its tanh approximation, also where the file says
 * `gelu`), heads of a size of their own, tied head.
 *
 * @see Gemma Team, "Gemma: Open Models Based on Gemini Research and Technology" (2024)
 */
export const gemma: Architecture = decoderArchitecture('gemma', readConfig)

function readConfig(fields: ConfigFields): ModelConfig {
  const config = readModelConfig(fields, {
    ...gemmaDefaults,
    activation: {
      key: 'hidden_act',
      fallback: 'gelu_pytorch_tanh',
      aliases: { gelu: 'gelu_pytorch_tanh' },
    },
  })
  // Where it is there too, it names what the older key means.
  if (
    !['gelu', config.hiddenActivation].includes(fields.string('hidden_activation', config.hiddenActivation))
  )
    throw fields.unsupported('hidden_activation', config.hiddenActivation)
  return { ...config, ...gemmaParts(fields, config) }
}

/** What config.json of every Gemma may leave out. */
export const gemmaDefaults: FamilyDefaults = {
  tieWordEmbeddings: true,
  headDim: 256,
  maxPositionEmbeddings: 8192,
}

/** What all Gemmas have in common and a Llama has not. */
export function gemmaParts(
  fields: ConfigFields,
  { hiddenSize }: ModelConfig,
): Pick<ModelConfig, 'normOffset' | 'embeddingScale' | 'queryKeyValueBias' | 'attentionOutputBias'> {
  if (fields.boolean('use_bidirectional_attention', false))
    throw fields.unsupported('use_bidirectional_attention', 'false')
  const bias = fields.boolean('attention_bias', false)
  return {
    normOffset: 1,
    embeddingScale: Math.sqrt(hiddenSize),
    queryKeyValueBias: bias,
    attentionOutputBias: bias,
  }
}
