import { rotaryRule } from '../models/layers/rotary-embedding.js'
import type { ModelConfig } from '../models/model-config.js'
import { f32, type GgufFamily, u32 } from './gguf-families.js'
import type { GgufTensor, GgufValue } from './gguf-writer.js'

/** The model's shape and constants, keyed as llama.cpp reads them. */
export function ggufModelMetadata(family: GgufFamily, config: ModelConfig): Map<string, GgufValue> {
  const fields: Record<string, GgufValue> = {
    vocab_size: u32(config.vocabSize),
    context_length: u32(contextLength(family, config)),
    embedding_length: u32(config.hiddenSize),
    block_count: u32(config.numHiddenLayers),
    feed_forward_length: u32(config.intermediateSize),
    'attention.head_count': u32(config.numAttentionHeads),
    'attention.head_count_kv': u32(config.numKeyValueHeads),
    'attention.key_length': u32(config.headDim),
    'attention.value_length': u32(config.headDim),
    'attention.layer_norm_rms_epsilon': f32(config.rmsNormEps),
    'rope.dimension_count': u32(turnedSize(config)),
    'rope.freq_base': f32(config.ropeTheta),
    ...ropeScalingMetadata(config),
    ...(family.slides ? slidingMetadata(config) : {}),
    ...family.metadata(config),
  }
  return new Map(Object.entries(fields).map(([key, value]) => [`${family.architecture}.${key}`, value]))
}

/** Where llama.cpp lets sliding layers see everything, that is right as long as the context fits into their window. */
function contextLength({ slides }: GgufFamily, config: ModelConfig): number {
  const { maxPositionEmbeddings, slidingWindow = maxPositionEmbeddings } = config
  return slides ? maxPositionEmbeddings : Math.min(maxPositionEmbeddings, slidingWindow)
}

function slidingMetadata(config: ModelConfig): Record<string, GgufValue> {
  const { slidingWindow, slidingLayers, slidingRope, ropeTheta } = config
  if (slidingWindow === undefined) return {}
  return {
    'attention.sliding_window': u32(slidingWindow),
    'attention.sliding_window_pattern': { type: 'bools', values: slidingLayers },
    'rope.freq_base_swa': f32(slidingRope?.ropeTheta ?? ropeTheta),
  }
}

function ropeScalingMetadata({ ropeScaling }: ModelConfig): Record<string, GgufValue> {
  const type: GgufValue = { type: 'string', value: ropeScaling.type }
  if (ropeScaling.type === 'linear') {
    return { 'rope.scaling.type': type, 'rope.scaling.factor': f32(ropeScaling.factor) }
  }
  if (ropeScaling.type !== 'longrope') return {}
  return {
    'rope.scaling.type': type,
    'rope.scaling.original_context_length': u32(ropeScaling.originalMaxPositionEmbeddings),
    'rope.scaling.attn_factor': f32(ropeScaling.attentionFactor),
  }
}

/** Numbers of a head that turn, in whole pairs. */
function turnedSize({ rotaryDim }: ModelConfig): number {
  return 2 * Math.ceil(rotaryDim / 2)
}

/**
 * What llama.cpp divides each rotary frequency θ^(−2j/R) by, float32 [R / 2]: `rope_freqs` for the scaling of Llama 3.1,
 * `rope_factors_short` and `rope_factors_long` for longrope, of which it takes the long ones when its context is set to
 * more than the original length.
 *
 * @returns no tensors where frequencies are not scaled one by one
 */
export function ropeFactorTensors(family: GgufFamily, config: ModelConfig): GgufTensor[] {
  const { ropeScaling, ropeTheta } = config
  const size = turnedSize(config)
  const isScaledOneByOne = ropeScaling.type === 'llama3' || ropeScaling.type === 'longrope'
  // Of an odd number of turning ones the last has no partner, and frequencies go by that number.
  if (family.ropeFactors === 'none' || (!isScaledOneByOne && config.rotaryDim === size)) return []
  const rule = rotaryRule(config, isScaledOneByOne ? config : { ropeTheta, ropeScaling: { type: 'default' } })
  const tensor = (name: string, frequencies: Float32Array): GgufTensor => {
    const factors = frequencies.map((frequency, j) => ropeTheta ** ((-2 * j) / size) / frequency)
    return { name: `${name}.weight`, shape: [factors.length], type: 'F32', data: async () => factors }
  }
  const long = rule.long?.frequencies ?? rule.frequencies
  return family.ropeFactors === 'short and long' || ropeScaling.type === 'longrope'
    ? [tensor('rope_factors_long', long), tensor('rope_factors_short', rule.frequencies)]
    : [tensor('rope_freqs', rule.frequencies)]
}

/** What llama.cpp computes in another way than the model, in words: too common to be refused. */
export function modelNotes({ slides, architecture }: GgufFamily, config: ModelConfig): string[] {
  const { slidingWindow: window, maxPositionEmbeddings, ropeScaling } = config
  return [
    ...(!slides && window !== undefined && window < maxPositionEmbeddings
      ? [
          `llama.cpp's ${architecture} has no sliding window: it computes the same up to ${window} tokens, which the file gives as its context.`,
        ]
      : []),
    ...(ropeScaling.type === 'longrope'
      ? [
          `llama.cpp takes the long rotary factors when its context is set to more than ${ropeScaling.originalMaxPositionEmbeddings} tokens, for short texts too.`,
        ]
      : []),
  ]
}
