import { MedtuneError } from '../errors.js'
import type { WeightSpec } from '../models/architecture.js'
import { rowsFromCheckpoint } from '../models/layers/row-order.js'
import type { ModelConfig } from '../models/model-config.js'
import type { GgufValue } from './gguf-writer.js'

/** One `model_type` as llama.cpp computes it. To add one: an entry in `ggufFamilies`. */
export interface GgufFamily {
  /** llama.cpp's name of the architecture, the prefix of its metadata. */
  readonly architecture: string
  /** Part of a layer's tensor names in the checkpoint → the part in the file. */
  readonly layerNames: Readonly<Record<string, string>>
  /** Whether llama.cpp rotates consecutive pairs, so that rows of queries and keys must be interleaved. */
  readonly interleavesRotaryRows: boolean
  /** Added to the weights of norms: 1 where the checkpoint stores them as the difference to 1. */
  readonly normOffset: 0 | 1
  /** Metadata besides `commonMetadata`, without the prefix. */
  readonly metadata: (config: ModelConfig) => Readonly<Record<string, GgufValue>>
}

const llamaLayerNames = {
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
}

const llamaFamily: GgufFamily = {
  architecture: 'llama',
  layerNames: llamaLayerNames,
  interleavesRotaryRows: true,
  normOffset: 0,
  metadata: () => ({}),
}

const qwen2Family: GgufFamily = { ...llamaFamily, architecture: 'qwen2', interleavesRotaryRows: false }

/** By `model_type`. */
const ggufFamilies: Readonly<Record<string, GgufFamily>> = {
  llama: llamaFamily,
  mistral: llamaFamily,
  qwen2: qwen2Family,
  qwen3: {
    ...qwen2Family,
    architecture: 'qwen3',
    layerNames: {
      ...llamaLayerNames,
      'self_attn.q_norm': 'attn_q_norm',
      'self_attn.k_norm': 'attn_k_norm',
    },
  },
}

const outerNames: Readonly<Record<string, string>> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
}

/** @throws UNSUPPORTED_MODEL for a model_type without mapping */
export function ggufFamilyOf({ modelType }: ModelConfig): GgufFamily {
  const family = Object.hasOwn(ggufFamilies, modelType) ? ggufFamilies[modelType] : undefined
  if (family !== undefined) return family
  const known = Object.keys(ggufFamilies).join(', ')
  throw new MedtuneError(
    'UNSUPPORTED_MODEL',
    `model_type ${modelType} cannot be written as GGUF; supported: ${known}. Export it as merged, and convert that with llama.cpp.`,
  )
}

/** The tensor's name in the file. @throws UNSUPPORTED_MODEL for a tensor that the family's table does not name */
export function ggufTensorName(family: GgufFamily, path: string): string {
  const suffix = path.endsWith('.bias') ? '.bias' : '.weight'
  const module = path.slice(0, -suffix.length)
  const [, layer, part = ''] = /^model\.layers\.(\d+)\.(.+)$/.exec(module) ?? []
  const name = layer === undefined ? outerNames[module] : family.layerNames[part]
  if (path.endsWith(suffix) && name !== undefined) {
    return layer === undefined ? name + suffix : `blk.${layer}.${name}${suffix}`
  }
  throw new MedtuneError(
    'UNSUPPORTED_MODEL',
    `${path} has no name in GGUF's architecture ${family.architecture}. Export the model as merged instead.`,
  )
}

/** Values of a weight, or of the B factor of its adapter, as llama.cpp wants them. @param data float32 [rows, ...] */
export function ggufValues(family: GgufFamily, spec: WeightSpec, data: Float32Array): Float32Array {
  if (family.normOffset !== 0 && spec.shape.length === 1 && /norm\.weight$/.test(spec.path)) {
    return data.map((value) => value + family.normOffset)
  }
  return family.interleavesRotaryRows ? rowsFromCheckpoint(data, spec.shape[0] ?? 0, spec.rowOrder) : data
}

/** The model's shape and constants, keyed as llama.cpp reads them. */
export function ggufModelMetadata(family: GgufFamily, config: ModelConfig): Map<string, GgufValue> {
  const u32 = (value: number): GgufValue => ({ type: 'u32', value })
  const f32 = (value: number): GgufValue => ({ type: 'f32', value })
  const { ropeScaling } = config
  if (ropeScaling.type === 'longrope') {
    throw new MedtuneError(
      'UNSUPPORTED_MODEL',
      'rope_scaling longrope cannot be written as GGUF. Export the model as merged, and convert that with llama.cpp.',
    )
  }
  const fields: Record<string, GgufValue> = {
    vocab_size: u32(config.vocabSize),
    // These architectures of llama.cpp attend to everything: right as long as the context fits into the window.
    context_length: u32(
      Math.min(config.maxPositionEmbeddings, config.slidingWindow ?? Number.POSITIVE_INFINITY),
    ),
    embedding_length: u32(config.hiddenSize),
    block_count: u32(config.numHiddenLayers),
    feed_forward_length: u32(config.intermediateSize),
    'attention.head_count': u32(config.numAttentionHeads),
    'attention.head_count_kv': u32(config.numKeyValueHeads),
    'attention.key_length': u32(config.headDim),
    'attention.value_length': u32(config.headDim),
    'attention.layer_norm_rms_epsilon': f32(config.rmsNormEps),
    'rope.dimension_count': u32(config.headDim),
    'rope.freq_base': f32(config.ropeTheta),
    ...(ropeScaling.type === 'linear'
      ? {
          'rope.scaling.type': { type: 'string', value: 'linear' },
          'rope.scaling.factor': f32(ropeScaling.factor),
        }
      : {}),
    ...family.metadata(config),
  }
  return new Map(Object.entries(fields).map(([key, value]) => [`${family.architecture}.${key}`, value]))
}

/**
 * What llama.cpp divides each rotary frequency by (tensor `rope_freqs.weight`) in models of Llama 3.1 and later.
 *
 * @returns float32 [D / 2], or undefined where frequencies are not scaled one by one
 */
export function ropeFrequencyFactors({
  ropeScaling,
  ropeTheta,
  headDim,
}: ModelConfig): Float32Array | undefined {
  if (ropeScaling.type !== 'llama3') return undefined
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = ropeScaling
  return Float32Array.from({ length: headDim / 2 }, (_, i) => {
    const turns = (originalMaxPositionEmbeddings / (2 * Math.PI)) * ropeTheta ** ((-2 * i) / headDim)
    const smooth = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor)
    const kept = Math.min(1, Math.max(0, smooth))
    return 1 / ((1 - kept) / factor + kept)
  })
}
