import type { ConfigFields } from './config-fields.js'

/** More layers than any model has: a damaged number must not make millions of them. */
const maxLayers = 10_000

/** How rotary frequencies are scaled for contexts longer than the pretraining ones. */
type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3'
      readonly factor: number
      readonly lowFreqFactor: number
      readonly highFreqFactor: number
      readonly originalMaxPositionEmbeddings: number
    }

/** Shapes and constants of a decoder-only model, from `config.json`. Names follow that file's. */
export interface ModelConfig {
  readonly modelType: string
  /** V */
  readonly vocabSize: number
  /** E */
  readonly hiddenSize: number
  /** F */
  readonly intermediateSize: number
  readonly numHiddenLayers: number
  /** H */
  readonly numAttentionHeads: number
  /** K */
  readonly numKeyValueHeads: number
  /** D */
  readonly headDim: number
  readonly rmsNormEps: number
  readonly ropeTheta: number
  readonly ropeScaling: RopeScaling
  readonly attentionBias: boolean
  readonly mlpBias: boolean
  readonly tieWordEmbeddings: boolean
  /** Positions the model was trained on. */
  readonly maxPositionEmbeddings: number
  /** Standard deviation of newly made weights. */
  readonly initializerRange: number
  readonly bosTokenId: number | undefined
  readonly eosTokenIds: readonly number[]
  readonly padTokenId: number | undefined
  /** The file as parsed, for writing it again. */
  readonly json: Readonly<Record<string, unknown>>
}

/**
 * The fields that all decoder-only configurations share. An architecture checks the keys that change its mathematics
 * before or after.
 *
 * @throws INVALID_CONFIG, UNSUPPORTED_MODEL
 */
export function readModelConfig(fields: ConfigFields): ModelConfig {
  const hiddenSize = fields.integer('hidden_size', { minimum: 1 })
  const numAttentionHeads = fields.integer('num_attention_heads', { minimum: 1 })
  return {
    modelType: fields.string('model_type'),
    vocabSize: fields.integer('vocab_size', { minimum: 1 }),
    hiddenSize,
    intermediateSize: fields.integer('intermediate_size', { minimum: 1 }),
    numHiddenLayers: fields.integer('num_hidden_layers', { minimum: 1, maximum: maxLayers }),
    numAttentionHeads,
    numKeyValueHeads: readKeyValueHeads(fields, numAttentionHeads),
    headDim: readHeadDim(fields, hiddenSize, numAttentionHeads),
    rmsNormEps: fields.number('rms_norm_eps', { above: 0, fallback: 1e-6 }),
    ...readRope(fields),
    attentionBias: fields.boolean('attention_bias', false),
    mlpBias: fields.boolean('mlp_bias', false),
    tieWordEmbeddings: fields.boolean('tie_word_embeddings', false),
    maxPositionEmbeddings: fields.integer('max_position_embeddings', { minimum: 1, fallback: 2048 }),
    initializerRange: fields.number('initializer_range', { above: 0, fallback: 0.02 }),
    bosTokenId: fields.tokenIds('bos_token_id')[0],
    eosTokenIds: fields.tokenIds('eos_token_id'),
    padTokenId: fields.tokenIds('pad_token_id')[0],
    json: fields.record,
  }
}

function readKeyValueHeads(fields: ConfigFields, heads: number): number {
  const keyValueHeads = fields.integer('num_key_value_heads', { minimum: 1, fallback: heads })
  if (heads % keyValueHeads !== 0) {
    throw fields.invalid('num_key_value_heads', `must divide num_attention_heads (${heads})`)
  }
  return keyValueHeads
}

function readHeadDim(fields: ConfigFields, hiddenSize: number, heads: number): number {
  if (!fields.has('head_dim') && hiddenSize % heads !== 0) {
    throw fields.invalid('hidden_size', `must be divisible by num_attention_heads (${heads})`)
  }
  const headDim = fields.integer('head_dim', { minimum: 2, fallback: hiddenSize / heads })
  if (headDim % 2 !== 0) {
    throw fields.invalid('head_dim', `must be even, because positions rotate pairs (it is ${headDim} here)`)
  }
  return headDim
}

/** `rope_parameters` as transformers 5 writes it, or `rope_theta` and `rope_scaling` as version 4 did. */
function readRope(fields: ConfigFields): Pick<ModelConfig, 'ropeTheta' | 'ropeScaling'> {
  const parameters = fields.object('rope_parameters')
  const theta = parameters?.has('rope_theta') ? parameters : fields
  return {
    ropeTheta: theta.number('rope_theta', { above: 0, fallback: 10_000 }),
    ropeScaling: readRopeScaling(parameters ?? fields.object('rope_scaling'), fields),
  }
}

function readRopeScaling(scaling: ConfigFields | undefined, fields: ConfigFields): RopeScaling {
  const typeKey = scaling?.has('rope_type') ? 'rope_type' : 'type'
  const type = scaling?.string(typeKey, 'default') ?? 'default'
  if (scaling === undefined || type === 'default') return { type: 'default' }
  if (type === 'linear') return { type, factor: scaling.number('factor', { above: 0 }) }
  if (type !== 'llama3') throw scaling.unsupported(typeKey, 'default, linear, llama3')
  const lowFreqFactor = scaling.number('low_freq_factor', { above: 0 })
  return {
    type,
    factor: scaling.number('factor', { above: 0 }),
    lowFreqFactor,
    highFreqFactor: scaling.number('high_freq_factor', { above: lowFreqFactor }),
    originalMaxPositionEmbeddings: scaling.has('original_max_position_embeddings')
      ? scaling.integer('original_max_position_embeddings', { minimum: 1 })
      : fields.integer('max_position_embeddings', { minimum: 1 }),
  }
}
