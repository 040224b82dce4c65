import { type Architecture, decoderArchitecture } from '../architecture.js'
import type { ConfigFields } from '../config-fields.js'
import { type ModelConfig, readModelConfig } from '../model-config.js'
import { type RopeSettings, readRopeScaling } from '../rope-settings.js'
import { readSlidingLayers } from '../sliding-layers.js'
import { gemmaDefaults, gemmaParts } from './gemma.js'
import { readCappedAttention, tanhActivation } from './gemma2.js'

/**
 * Gemma 3, text models: as Gemma 2 without the cap on attention scores, with norms of each head's query and key, five
 * sliding layers to one that sees all, and rotary settings of their own for each.
 *
 * @see Gemma Team, "Gemma 3 Technical Report" (2025)
 */
export const gemma3Text: Architecture = decoderArchitecture('gemma3_text', readConfig)

/** θ where the file has none: of layers that see all, and of sliding ones. */
const [globalTheta, localTheta] = [1_000_000, 10_000]

function readConfig(fields: ConfigFields): ModelConfig {
  const nested = fields.object('rope_parameters')
  const config = readModelConfig(fields.without('rope_parameters', 'rope_scaling'), {
    ...gemmaDefaults,
    ...tanhActivation,
    numKeyValueHeads: 4,
    maxPositionEmbeddings: 131_072,
  })
  const pattern = fields.integer('sliding_window_pattern', { minimum: 1, fallback: 6 })
  const slides = (layer: number): boolean => (layer + 1) % pattern !== 0
  const full = nested?.object('full_attention')
  const scaled = fields.object('rope_scaling') ?? full
  const sliding = nested?.object('sliding_attention')
  nested?.refuseUnread()
  return {
    ...config,
    ...gemmaParts(fields, config),
    ...readSlidingLayers(fields, config.numHiddenLayers, { window: 4096, slides, readsLayerTypes: true }),
    ...readCappedAttention(fields, { final: undefined }),
    ...ropeOf({ holder: full, scaling: scaled, thetaKey: 'rope_theta', theta: globalTheta }, fields, config),
    slidingRope: ropeOf(
      { holder: sliding, scaling: sliding, thetaKey: 'rope_local_base_freq', theta: localTheta },
      fields,
      config,
    ),
    ...{ queryKeyNorm: true, outputNorms: true },
    json: fields.record,
  }
}

interface RopeSource {
  /** Settings of these layers as transformers 5 nests them. */
  readonly holder: ConfigFields | undefined
  readonly scaling: ConfigFields | undefined
  /** Where version 4 has θ. */
  readonly thetaKey: string
  readonly theta: number
}

function ropeOf(
  { holder, scaling, thetaKey, theta }: RopeSource,
  fields: ConfigFields,
  { rotaryDim }: ModelConfig,
): RopeSettings {
  const old = fields.number(thetaKey, { above: 0, fallback: theta })
  return {
    ropeTheta: holder?.has('rope_theta') ? holder.number('rope_theta', { above: 0 }) : old,
    ropeScaling: readRopeScaling(scaling, fields, { theta, rotaryDim }),
  }
}
