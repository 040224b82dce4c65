import { describe, expect, test } from 'vitest'
import type { ModelConfig } from '../model-config.js'
import { interpretConfig } from '../model-folder.js'

const sizes = {
  vocab_size: 100,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  attention_dropout: 0,
  use_cache: true,
}

function read(fields: Record<string, unknown>): ModelConfig {
  return interpretConfig('config.json', { ...sizes, ...fields }).config
}

const longrope = { type: 'longrope', short_factor: [1, 1, 1, 1], long_factor: [2, 2, 2, 2] }

/** Keys as the published models have them, with small sizes. */
const published: readonly (readonly [string, Record<string, unknown>, Partial<ModelConfig>])[] = [
  [
    'Llama 3.1',
    {
      model_type: 'llama',
      attention_bias: false,
      mlp_bias: false,
      hidden_act: 'silu',
      pretraining_tp: 1,
      rope_theta: 500000,
      rope_scaling: {
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
        rope_type: 'llama3',
      },
    },
    { ropeTheta: 500000, queryKeyValueBias: false, rotaryDim: 8 },
  ],
  [
    'Mistral 0.1',
    { model_type: 'mistral', hidden_act: 'silu', sliding_window: 4096, rope_theta: 10000 },
    { slidingWindow: 4096, slidingLayers: [true, true, true, true] },
  ],
  [
    'Mistral 0.3',
    { model_type: 'mistral', hidden_act: 'silu', sliding_window: null, rope_theta: 1e6 },
    { slidingWindow: undefined, ropeTheta: 1e6 },
  ],
  [
    'Qwen 2.5',
    {
      model_type: 'qwen2',
      hidden_act: 'silu',
      max_window_layers: 2,
      sliding_window: 131072,
      use_mrope: false,
      use_sliding_window: false,
      rope_theta: 1e6,
    },
    { slidingWindow: undefined, queryKeyValueBias: true, attentionOutputBias: false },
  ],
  [
    'Qwen 3',
    {
      model_type: 'qwen3',
      hidden_act: 'silu',
      head_dim: 16,
      attention_bias: false,
      max_window_layers: 36,
      sliding_window: null,
      use_sliding_window: false,
      rope_scaling: null,
    },
    { queryKeyNorm: true, headDim: 16, queryKeyValueBias: false },
  ],
  [
    'Phi-3 mini 128k',
    {
      model_type: 'phi3',
      hidden_act: 'silu',
      attention_bias: false,
      embd_pdrop: 0,
      resid_pdrop: 0,
      sliding_window: 262144,
      max_position_embeddings: 131072,
      original_max_position_embeddings: 4096,
      rope_scaling: longrope,
    },
    { fusedQueryKeyValue: true, fusedGateUp: true, slidingWindow: 262144 },
  ],
  [
    'Phi-4 mini',
    {
      model_type: 'phi3',
      hidden_act: 'silu',
      full_attn_mod: 1,
      interpolate_factor: 1,
      lm_head_bias: false,
      mlp_bias: false,
      partial_rotary_factor: 0.75,
      max_position_embeddings: 131072,
      original_max_position_embeddings: 4096,
      rope_scaling: { ...longrope, short_factor: [1, 1, 1], long_factor: [2, 2, 2] },
      tie_word_embeddings: true,
    },
    { rotaryDim: 6, headDim: 8, tieWordEmbeddings: true },
  ],
  [
    'Gemma',
    { model_type: 'gemma', head_dim: 16, hidden_act: 'gelu', hidden_activation: null },
    { hiddenActivation: 'gelu_pytorch_tanh', normOffset: 1, tieWordEmbeddings: true },
  ],
  [
    'Gemma 2',
    {
      model_type: 'gemma2',
      head_dim: 16,
      hidden_act: 'gelu_pytorch_tanh',
      hidden_activation: 'gelu_pytorch_tanh',
      attn_logit_softcapping: 50,
      final_logit_softcapping: 30,
      query_pre_attn_scalar: 64,
      sliding_window: 4096,
      cache_implementation: 'hybrid',
    },
    {
      attentionSoftCap: 50,
      finalSoftCap: 30,
      attentionScale: 1 / 8,
      slidingLayers: [true, false, true, false],
      outputNorms: true,
    },
  ],
  [
    'Gemma 3 1B',
    {
      model_type: 'gemma3_text',
      num_hidden_layers: 7,
      head_dim: 16,
      hidden_activation: 'gelu_pytorch_tanh',
      attn_logit_softcapping: null,
      final_logit_softcapping: null,
      query_pre_attn_scalar: 256,
      rope_local_base_freq: 10000,
      rope_theta: 1000000,
      rope_scaling: null,
      sliding_window: 512,
      sliding_window_pattern: 6,
      cache_implementation: 'hybrid',
    },
    {
      attentionSoftCap: undefined,
      slidingLayers: [true, true, true, true, true, false, true],
      slidingRope: { ropeTheta: 10000, ropeScaling: { type: 'default' } },
      ropeTheta: 1000000,
    },
  ],
]

describe('configurations of published models', () => {
  test.each(published)('%s', (_, fields, expected) => {
    expect(read(fields)).toMatchObject(expected)
  })
})

describe('keys that change the mathematics and are not computed are refused by name', () => {
  test.each([
    ['llama', { residual_multiplier: 0.22 }, 'residual_multiplier'],
    ['llama', { clip_qkv: 8 }, 'clip_qkv'],
    ['llama', { num_local_experts: 8 }, 'num_local_experts'],
    ['llama', { rope_scaling: { rope_type: 'dynamic', factor: 2 } }, 'rope_scaling.rope_type'],
    ['mistral', { hidden_act: 'relu' }, 'hidden_act'],
    [
      'mistral',
      { layer_types: ['full_attention', 'sliding_attention', 'full_attention', 'full_attention'] },
      'layer_types',
    ],
    [
      'qwen2',
      { layer_types: ['linear_attention', 'full_attention', 'full_attention', 'full_attention'] },
      'layer_types',
    ],
    ['qwen3', { attention_dropout: 0.1 }, 'attention_dropout'],
    ['phi3', { resid_pdrop: 0.1 }, 'resid_pdrop'],
    ['gemma', { use_bidirectional_attention: true }, 'use_bidirectional_attention'],
    ['gemma2', { hidden_activation: 'relu' }, 'hidden_activation'],
    ['gemma3_text', { attn_output_gate: true }, 'attn_output_gate'],
  ])('%s: %j', (modelType, fields, name) => {
    expect(() => read({ model_type: modelType, head_dim: 8, ...fields })).toThrowError(
      expect.objectContaining({ code: 'UNSUPPORTED_MODEL', message: expect.stringContaining(name) }),
    )
  })
})
