/** A model small enough for finite differences, with everything that Llama can have: grouped heads, biases, own head size. */
export const tinyConfig: Readonly<Record<string, unknown>> = {
  model_type: 'llama',
  vocab_size: 11,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 4,
  rms_norm_eps: 1e-5,
  rope_theta: 100,
  attention_bias: true,
  mlp_bias: true,
  tie_word_embeddings: false,
  max_position_embeddings: 32,
  initializer_range: 0.4,
  bos_token_id: 1,
  eos_token_id: 2,
}

const { attention_bias: _, mlp_bias: __, ...plain } = tinyConfig

/** As small, one for each family, with what its files may say and a Llama's may not. */
export const familyConfigs: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  llama: tinyConfig,
  mistral: { ...plain, model_type: 'mistral', sliding_window: 3 },
  phi3: {
    ...plain,
    ...{ model_type: 'phi3', partial_rotary_factor: 0.5, original_max_position_embeddings: 4 },
    rope_scaling: { type: 'longrope', short_factor: [1.5], long_factor: [3] },
  },
  gemma: { ...plain, model_type: 'gemma', hidden_act: 'gelu', tie_word_embeddings: true },
  gemma2: {
    ...plain,
    ...{ model_type: 'gemma2', sliding_window: 2, query_pre_attn_scalar: 2, attention_bias: true },
    ...{ attn_logit_softcapping: 1.5, final_logit_softcapping: 2 },
  },
  gemma3_text: {
    ...plain,
    ...{ model_type: 'gemma3_text', sliding_window: 2, query_pre_attn_scalar: 8, sliding_window_pattern: 2 },
    ...{ rope_local_base_freq: 50, rope_scaling: { rope_type: 'linear', factor: 2 } },
    tie_word_embeddings: true,
  },
  qwen2: { ...plain, model_type: 'qwen2', use_sliding_window: true, max_window_layers: 1, sliding_window: 2 },
  qwen3: { ...plain, model_type: 'qwen3', attention_bias: true },
}
