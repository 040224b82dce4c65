import { MedtuneError } from '../errors.js'
import type { ModelConfig } from '../models/model-config.js'
import type { GgufValue } from './gguf-writer.js'

/** One `model_type` as llama.cpp computes it. To add one: an entry in `ggufFamilies`. */
export interface GgufFamily {
  /** llama.cpp's name of the architecture, the prefix of its metadata. */
  readonly architecture: string
  /** Part of a layer's tensor names in the checkpoint → the part in the file. Parts of one name are stacked in its rows. */
  readonly layerNames: Readonly<Record<string, string>>
  /** Those of the file's parts that llama.cpp reads a bias of. */
  readonly biases: readonly string[]
  readonly activation: ModelConfig['hiddenActivation']
  /** Whether llama.cpp rotates consecutive pairs, so that rows of queries and keys must be interleaved. */
  readonly interleavesRotaryRows: boolean
  /** Tensors that it divides rotary frequencies by; without them only linear scaling can be told. */
  readonly ropeFactors: 'one' | 'short and long' | 'none'
  /** Whether sliding layers see a window only; otherwise every layer sees everything. */
  readonly slides: boolean
  /** Whether heads may be wider or narrower than hidden_size / num_attention_heads. */
  readonly ownHeadSize: boolean
  /** Whether the output head may be another matrix than the embedding. */
  readonly ownHead: boolean
  /** What llama.cpp multiplies q·k with. */
  readonly attentionScale: (config: ModelConfig) => number
  /** Metadata besides that of every model, without the prefix. */
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

const headNormNames = { 'self_attn.q_norm': 'attn_q_norm', 'self_attn.k_norm': 'attn_k_norm' }

const inputBiases = ['attn_q', 'attn_k', 'attn_v']

const llamaFamily: GgufFamily = {
  architecture: 'llama',
  layerNames: llamaLayerNames,
  biases: [...inputBiases, 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'],
  activation: 'silu',
  interleavesRotaryRows: true,
  ropeFactors: 'one',
  ownHeadSize: true,
  ownHead: true,
  slides: false,
  attentionScale: ({ headDim }) => headDim ** -0.5,
  metadata: () => ({}),
}

const qwen2Family: GgufFamily = {
  ...llamaFamily,
  architecture: 'qwen2',
  biases: inputBiases,
  interleavesRotaryRows: false,
  ropeFactors: 'none',
  ownHeadSize: false,
}

const phi3Family: GgufFamily = {
  ...qwen2Family,
  architecture: 'phi3',
  layerNames: {
    ...llamaLayerNames,
    'self_attn.qkv_proj': 'attn_qkv',
    'mlp.gate_up_proj': 'ffn_up',
    // Where a checkpoint has them apart: gate first.
    'mlp.gate_proj': 'ffn_up',
    'mlp.up_proj': 'ffn_up',
  },
  biases: ['attn_qkv', ...inputBiases],
  ropeFactors: 'short and long',
}

const gemmaFamily: GgufFamily = {
  ...qwen2Family,
  architecture: 'gemma',
  activation: 'gelu_pytorch_tanh',
  ownHeadSize: true,
  ownHead: false,
}

const gemma2Family: GgufFamily = {
  ...gemmaFamily,
  architecture: 'gemma2',
  layerNames: {
    ...llamaLayerNames,
    post_attention_layernorm: 'post_attention_norm',
    pre_feedforward_layernorm: 'ffn_norm',
    post_feedforward_layernorm: 'post_ffw_norm',
  },
  slides: true,
  attentionScale: scaleUnlessLayers(46),
  metadata: ({ attentionSoftCap = noSoftCap, finalSoftCap = noSoftCap }) => ({
    attn_logit_softcapping: f32(attentionSoftCap),
    final_logit_softcapping: f32(finalSoftCap),
  }),
}

/** By `model_type`. */
const ggufFamilies: Readonly<Record<string, GgufFamily>> = {
  llama: llamaFamily,
  mistral: llamaFamily,
  phi3: phi3Family,
  gemma: gemmaFamily,
  gemma2: gemma2Family,
  gemma3_text: {
    ...gemma2Family,
    architecture: 'gemma3',
    layerNames: { ...gemma2Family.layerNames, ...headNormNames },
    ownHead: true,
    attentionScale: scaleUnlessLayers(62),
    metadata: ({ finalSoftCap }) =>
      finalSoftCap === undefined ? {} : { final_logit_softcapping: f32(finalSoftCap) },
  },
  qwen2: qwen2Family,
  qwen3: {
    ...qwen2Family,
    architecture: 'qwen3',
    layerNames: { ...llamaLayerNames, ...headNormNames },
    ownHeadSize: true,
  },
}

/** @throws UNSUPPORTED_MODEL for a model_type without mapping, or settings that llama.cpp's form of it cannot express */
export function ggufFamilyOf(config: ModelConfig): GgufFamily {
  const { modelType } = config
  const family = Object.hasOwn(ggufFamilies, modelType) ? ggufFamilies[modelType] : undefined
  if (family === undefined) {
    throw unsupportedByGguf(`model_type ${modelType}`, `supported: ${Object.keys(ggufFamilies).join(', ')}`)
  }
  checkLimits(family, config)
  return family
}

function checkLimits(family: GgufFamily, config: ModelConfig): void {
  const { headDim, numAttentionHeads, hiddenSize, ropeScaling, slidingRope } = config
  const problem = (subject: string, rule: string): void => {
    throw unsupportedByGguf(subject, `llama.cpp's ${family.architecture} ${rule}`)
  }
  if (!family.ownHeadSize && headDim * numAttentionHeads !== hiddenSize)
    problem(`head_dim ${headDim}`, `has heads of hidden_size / num_attention_heads`)
  if (!family.ownHead && !config.tieWordEmbeddings)
    problem('tie_word_embeddings false', 'takes the embedding as its head')
  if (config.hiddenActivation !== family.activation)
    problem(`the activation ${config.hiddenActivation}`, `computes ${family.activation}`)
  const factorsNeeded = ropeScaling.type === 'llama3' || ropeScaling.type === 'longrope'
  if (factorsNeeded && family.ropeFactors === 'none')
    problem(`rope_scaling ${ropeScaling.type}`, 'knows linear scaling only')
  if (slidingRope !== undefined && slidingRope.ropeScaling.type !== 'default')
    problem(`rope_scaling ${slidingRope.ropeScaling.type} of sliding layers`, 'scales the others only')
}

/** @param subject what the model has @param rule what llama.cpp does */
export function unsupportedByGguf(subject: string, rule: string): MedtuneError {
  return new MedtuneError(
    'UNSUPPORTED_MODEL',
    `${subject} cannot be written as GGUF: ${rule}. Export the model as merged instead.`,
  )
}

/** Caps scores and logits where there is no cap: c·tanh(x/c) rounds to x, and dividing by a power of two is exact. */
const noSoftCap = 2 ** 20

export function u32(value: number): GgufValue {
  return { type: 'u32', value }
}

export function f32(value: number): GgufValue {
  return { type: 'f32', value }
}

/** 1/√D, but 1/√(hidden_size / heads) where llama.cpp takes the model for the 27B one, by its layers. */
function scaleUnlessLayers(count: number): GgufFamily['attentionScale'] {
  return ({ numHiddenLayers, headDim, hiddenSize, numAttentionHeads }) =>
    (numHiddenLayers === count ? Math.floor(hiddenSize / numAttentionHeads) : headDim) ** -0.5
}
