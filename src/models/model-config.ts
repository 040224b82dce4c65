import type { Activation } from '../tensors/fused/gated-unit.js'
import type { ConfigFields } from './config-fields.js'
import { type RopeReading, type RopeSettings, readRope } from './rope-settings.js'

/** More layers than any model has: a damaged number must not make millions of them. */
const maxLayers = 10_000

/**
 * Shapes and constants of a decoder-only model, from `config.json`: all that its mathematics depends on. Names follow
 * that file's where it has one.
 */
export interface ModelConfig extends RopeSettings {
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
  /** Of a head's D numbers, those that positions turn. */
  readonly rotaryDim: number
  readonly rmsNormEps: number
  /** Added to the weight of every norm. */
  readonly normOffset: 0 | 1
  /** Whether each head's query and key are normalized before rotation. */
  readonly queryKeyNorm: boolean
  /** Whether what a block adds to the residual stream is normalized too (four norms per layer). */
  readonly outputNorms: boolean
  readonly queryKeyValueBias: boolean
  readonly attentionOutputBias: boolean
  readonly mlpBias: boolean
  /** One Linear for queries, keys and values (`qkv_proj`). */
  readonly fusedQueryKeyValue: boolean
  /** One Linear for gate and up (`gate_up_proj`). */
  readonly fusedGateUp: boolean
  readonly hiddenActivation: Activation
  /** Multiplies q·k: as a rule 1/√D. */
  readonly attentionScale: number
  /** Soft cap of attention scores. */
  readonly attentionSoftCap: number | undefined
  /** Soft cap of logits. */
  readonly finalSoftCap: number | undefined
  /** W of the layers that see only so many tokens. */
  readonly slidingWindow: number | undefined
  /** For each layer, whether it is one of those. */
  readonly slidingLayers: readonly boolean[]
  /** Rotary settings of sliding layers where they are not those of the others. */
  readonly slidingRope: RopeSettings | undefined
  /** Multiplies embedded tokens. */
  readonly embeddingScale: number
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

/** What a `model_type` means where its config.json says nothing. */
export interface FamilyDefaults {
  readonly tieWordEmbeddings: boolean
  /** Default: hidden_size / num_attention_heads. */
  readonly headDim?: number
  readonly numKeyValueHeads?: number
  readonly rmsNormEps?: number
  readonly maxPositionEmbeddings?: number
  readonly ropeTheta?: number
  readonly originalMaxPositionEmbeddings?: number
  /** Whether `partial_rotary_factor` is one of its keys. */
  readonly partialRotary?: boolean
  /** Key of the activation, and names that mean another than they say. */
  readonly activation?: {
    readonly key: string
    readonly fallback: string
    readonly aliases?: Readonly<Record<string, string>>
  }
}

/**
 * The fields that decoder-only configurations share, as a Llama reads them. An architecture puts its own in place and
 * checks the keys that change its mathematics.
 *
 * @throws INVALID_CONFIG, UNSUPPORTED_MODEL
 */
export function readModelConfig(fields: ConfigFields, defaults: FamilyDefaults): ModelConfig {
  const hiddenSize = fields.integer('hidden_size', { minimum: 1 })
  const numAttentionHeads = fields.integer('num_attention_heads', { minimum: 1 })
  const headDim = readHeadDim(fields, hiddenSize, numAttentionHeads, defaults)
  const rotaryDim = readRotaryDim(fields, headDim, defaults)
  const numHiddenLayers = fields.integer('num_hidden_layers', { minimum: 1, maximum: maxLayers })
  const { maxPositionEmbeddings = 2048, rmsNormEps = 1e-6 } = defaults
  return {
    modelType: fields.string('model_type'),
    vocabSize: fields.integer('vocab_size', { minimum: 1 }),
    hiddenSize,
    intermediateSize: fields.integer('intermediate_size', { minimum: 1 }),
    numHiddenLayers,
    numAttentionHeads,
    numKeyValueHeads: readKeyValueHeads(fields, numAttentionHeads, defaults),
    headDim,
    rotaryDim,
    rmsNormEps: fields.number('rms_norm_eps', { above: 0, fallback: rmsNormEps }),
    ...{ normOffset: 0, queryKeyNorm: false, outputNorms: false },
    ...{ queryKeyValueBias: false, attentionOutputBias: false, mlpBias: false },
    ...{ fusedQueryKeyValue: false, fusedGateUp: false },
    hiddenActivation: readActivation(fields, defaults),
    ...{ attentionScale: headDim ** -0.5, attentionSoftCap: undefined, finalSoftCap: undefined },
    ...readRope(fields, ropeReading(rotaryDim, defaults)),
    ...{ slidingWindow: undefined, slidingRope: undefined, embeddingScale: 1 },
    slidingLayers: new Array<boolean>(numHiddenLayers).fill(false),
    tieWordEmbeddings: fields.boolean('tie_word_embeddings', defaults.tieWordEmbeddings),
    maxPositionEmbeddings: fields.integer('max_position_embeddings', {
      minimum: 1,
      fallback: maxPositionEmbeddings,
    }),
    initializerRange: fields.number('initializer_range', { above: 0, fallback: 0.02 }),
    bosTokenId: fields.tokenIds('bos_token_id')[0],
    eosTokenIds: fields.tokenIds('eos_token_id'),
    padTokenId: fields.tokenIds('pad_token_id')[0],
    json: fields.record,
  }
}

/** What `readRope` must know of a family. */
function ropeReading(rotaryDim: number, defaults: FamilyDefaults): RopeReading {
  const { ropeTheta: theta = 10_000, originalMaxPositionEmbeddings } = defaults
  return originalMaxPositionEmbeddings === undefined
    ? { theta, rotaryDim }
    : { theta, rotaryDim, originalMaxPositionEmbeddings }
}

function readKeyValueHeads(
  fields: ConfigFields,
  heads: number,
  { numKeyValueHeads }: FamilyDefaults,
): number {
  const given = fields.isNull('num_key_value_heads') ? undefined : numKeyValueHeads
  const keyValueHeads = fields.integer('num_key_value_heads', { minimum: 1, fallback: given ?? heads })
  if (heads % keyValueHeads !== 0) {
    throw fields.invalid('num_key_value_heads', `must divide num_attention_heads (${heads})`)
  }
  return keyValueHeads
}

function readHeadDim(
  fields: ConfigFields,
  hiddenSize: number,
  heads: number,
  { headDim: fallback }: FamilyDefaults,
): number {
  if (!fields.has('head_dim') && fallback === undefined && hiddenSize % heads !== 0) {
    throw fields.invalid('hidden_size', `must be divisible by num_attention_heads (${heads})`)
  }
  const headDim = fields.integer('head_dim', { minimum: 2, fallback: fallback ?? hiddenSize / heads })
  if (headDim % 2 !== 0) {
    throw fields.invalid('head_dim', `must be even, because positions rotate pairs (it is ${headDim} here)`)
  }
  return headDim
}

/** The numbers of a head that turn; `rope_parameters` comes before the key of its own. */
function readRotaryDim(fields: ConfigFields, headDim: number, { partialRotary }: FamilyDefaults): number {
  const holders = [fields.object('rope_scaling'), fields.object('rope_parameters'), fields]
  const holder = holders.find((candidate) => candidate?.has('partial_rotary_factor'))
  const factor = holder?.number('partial_rotary_factor', { above: 0 }) ?? 1
  fields.skip('partial_rotary_factor')
  if (holder === undefined || factor === 1) return headDim
  if (partialRotary !== true) throw holder.unsupported('partial_rotary_factor', '1')
  if (factor > 1) throw holder.invalid('partial_rotary_factor', 'must be ≤ 1')
  const rotaryDim = Math.floor(headDim * factor)
  if (rotaryDim === 0) throw holder.invalid('partial_rotary_factor', 'must leave something to rotate')
  return rotaryDim
}

/** Names of one function each; `gelu` without approximation is another. */
const activations: Readonly<Record<string, Activation>> = {
  silu: 'silu',
  swish: 'silu',
  gelu_pytorch_tanh: 'gelu_pytorch_tanh',
  gelu_new: 'gelu_pytorch_tanh',
}

function readActivation(fields: ConfigFields, { activation }: FamilyDefaults): Activation {
  const { key, fallback, aliases = {} } = activation ?? { key: 'hidden_act', fallback: 'silu' }
  const name = fields.string(key, fallback)
  const found = activations[aliases[name] ?? name]
  if (found === undefined) throw fields.unsupported(key, Object.keys(activations).join(', '))
  return found
}
