import { type Architecture, decoderArchitecture } from '../architecture.js'
import type { ConfigFields } from '../config-fields.js'
import { type FamilyDefaults, type ModelConfig, readModelConfig } from '../model-config.js'
import { readSlidingLayers } from '../sliding-layers.js'
import { gemmaDefaults, gemmaParts } from './gemma.js'

/**
 * Gemma 2: as Gemma, with soft caps on attention scores and logits, norms before and after each block, and every
 * other layer sliding over a window, the first one too.
 *
 * @see Gemma Team, "Gemma 2: Improving Open Language Models at a Practical Size" (2024)
 */
export const gemma2: Architecture = decoderArchitecture('gemma2', readConfig)

function readConfig(fields: ConfigFields): ModelConfig {
  const config = readModelConfig(fields, { ...gemmaDefaults, ...tanhActivation, numKeyValueHeads: 4 })
  const reading = { window: 4096, slides: (layer: number) => layer % 2 === 0, readsLayerTypes: true }
  const sliding = readSlidingLayers(fields, config.numHiddenLayers, reading)
  // Some of the released files say it twice.
  const repeated = fields.integer('sliding_window_size', { fallback: sliding.slidingWindow ?? 0 })
  if (repeated !== (sliding.slidingWindow ?? 0))
    throw fields.unsupported('sliding_window_size', 'the value of sliding_window')
  return {
    ...config,
    ...gemmaParts(fields, config),
    ...sliding,
    ...readCappedAttention(fields, { final: 30 }),
    attentionSoftCap: readSoftCap(fields, 'attn_logit_softcapping', 50),
    outputNorms: true,
  }
}

/** The key of the activation from Gemma 2 on; the older one stands beside it in some files and is not read. */
export const tanhActivation: Pick<FamilyDefaults, 'activation'> = {
  activation: { key: 'hidden_activation', fallback: 'gelu_pytorch_tanh' },
}

/** The scale of attention scores and the soft cap of logits. @param defaults of keys that the file leaves out */
export function readCappedAttention(
  fields: ConfigFields,
  defaults: { readonly final: number | undefined },
): Pick<ModelConfig, 'attentionScale' | 'finalSoftCap'> {
  if (!['gelu', 'gelu_pytorch_tanh'].includes(fields.string('hidden_act', 'gelu_pytorch_tanh')))
    throw fields.unsupported('hidden_act', 'gelu_pytorch_tanh')
  return {
    attentionScale: fields.number('query_pre_attn_scalar', { above: 0, fallback: 256 }) ** -0.5,
    finalSoftCap: readSoftCap(fields, 'final_logit_softcapping', defaults.final),
  }
}

function readSoftCap(fields: ConfigFields, key: string, fallback: number | undefined): number | undefined {
  fields.skip(key)
  if (fields.isNull(key)) return undefined
  return fields.has(key) ? fields.number(key, { above: 0 }) : fallback
}
