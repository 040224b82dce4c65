import { describe, expect, test } from 'vitest'
import { createCausalLM } from '../create-causal-lm.js'
import { fitToTensors } from '../decoder-modules.js'
import type { ModelConfig } from '../model-config.js'
import { interpretConfig } from '../model-folder.js'
import { familyConfigs } from '../tiny-config.fixture.js'
import { architectures } from './index.js'

function read(modelType: string, changes: Record<string, unknown> = {}): ModelConfig {
  return interpretConfig('config.json', { ...familyConfigs[modelType], ...changes }).config
}

const families = architectures.map(({ modelType }) => modelType)

test('every architecture has a small configuration to be tested with', () => {
  expect(Object.keys(familyConfigs).sort()).toEqual([...families].sort())
})

describe.each(families)('%s', (modelType) => {
  test.each([
    ['hidden_act', 'relu'],
    ['hidden_activation', 'gelu_fast_exact'],
    ['attention_dropout', 0.1],
    ['quantization_config', { quant_method: 'gptq' }],
    ['rope_parameters', { rope_type: 'yarn', factor: 2 }],
    ['rope_parameters', { rope_type: 'default', rope_theta: 10, mrope_section: [1, 1] }],
    ['layer_types', ['full_attention', 'chunked_attention']],
    ['num_local_experts', 4],
    ['logits_scaling', 8],
    ['embedding_multiplier', 12],
    ['residual_multiplier', 0.2],
    ['use_bidirectional_attention', true],
    ['attention_chunk_size', 8],
    ['no_rope_layers', [0, 1]],
    ['clip_qkv', 8],
    ['attention_sinks', 4],
    ['norm_type', 'layer_norm'],
  ])('%s: %j changes the mathematics and is refused by name', (key, value) => {
    // The older keys come first where both are there.
    const { rope_scaling: _, ...config } = familyConfigs[modelType] ?? {}
    const act = () => interpretConfig('config.json', { ...config, [key]: value })
    expect(act).toThrowError(
      expect.objectContaining({ code: 'UNSUPPORTED_MODEL', message: expect.stringContaining(key) }),
    )
  })

  test('keys that change nothing are read past', () => {
    const inert = {
      ...{ _attn_implementation: 'sdpa', use_cache: true, torch_dtype: 'bfloat16', pretraining_tp: 2 },
      ...{ architectures: ['X'], transformers_version: '4.40.0', unsloth_fixed: true, auto_map: { a: 'b' } },
      ...{ embedding_multiplier: 1, alibi: false, num_experts: null, output_attentions: true },
      ...{ cache_implementation: 'hybrid', task_specific_params: null, use_flash_attention_2: true },
    }
    expect({ ...read(modelType, inert), json: 0 }).toEqual({ ...read(modelType), json: 0 })
  })
})

describe('what released files say', () => {
  const phi3Mini = {
    ...{ model_type: 'phi3', hidden_size: 3072, intermediate_size: 8192, num_hidden_layers: 32 },
    ...{ num_attention_heads: 32, num_key_value_heads: 32, vocab_size: 32064, rms_norm_eps: 1e-5 },
    ...{ rope_theta: 10000, embd_pdrop: 0, resid_pdrop: 0, attention_bias: false },
    ...{ original_max_position_embeddings: 4096 },
  }

  test('Phi-3-mini with 4k and 128k positions', () => {
    const short = { ...phi3Mini, sliding_window: 2047, rope_scaling: null, max_position_embeddings: 4096 }
    const { config } = interpretConfig('config.json', short)
    expect(config).toMatchObject({
      slidingWindow: 2047,
      fusedQueryKeyValue: true,
      headDim: 96,
      rotaryDim: 96,
    })
    expect(config.slidingLayers.every(Boolean)).toBe(true)
    const factors = Array.from({ length: 48 }, (_, i) => 1 + i / 10)
    const long = interpretConfig('config.json', {
      ...{ ...phi3Mini, sliding_window: 262144, max_position_embeddings: 131072 },
      rope_scaling: { type: 'su', short_factor: factors, long_factor: factors },
    }).config
    expect(long.ropeScaling).toMatchObject({ type: 'longrope', originalMaxPositionEmbeddings: 4096 })
    const { attentionFactor } = long.ropeScaling as { attentionFactor: number }
    expect(attentionFactor).toBeCloseTo(Math.sqrt(1 + Math.log(32) / Math.log(4096)), 12)
    const short48 = { type: 'longrope', short_factor: [1], long_factor: factors }
    expect(() => interpretConfig('config.json', { ...phi3Mini, rope_scaling: short48 })).toThrowError(
      /max_position_embeddings|short_factor/,
    )
  })

  test('Gemma 3 with keys of transformers 4 and 5', () => {
    const sizes = {
      ...{ model_type: 'gemma3_text', hidden_size: 1152, intermediate_size: 6912, num_hidden_layers: 12 },
      ...{ num_attention_heads: 4, num_key_value_heads: 1, vocab_size: 262144, sliding_window: 512 },
      ...{ attn_logit_softcapping: null, final_logit_softcapping: null, query_pre_attn_scalar: 256 },
    }
    const four = interpretConfig('config.json', {
      ...{ ...sizes, rope_theta: 1_000_000, rope_local_base_freq: 10_000, sliding_window_pattern: 6 },
      rope_scaling: { factor: 8, rope_type: 'linear' },
    }).config
    const full = Array.from({ length: 12 }, (_, layer) => layer % 6 === 5)
    const five = interpretConfig('config.json', {
      ...sizes,
      layer_types: full.map((sees) => (sees ? 'full_attention' : 'sliding_attention')),
      rope_parameters: {
        full_attention: { rope_type: 'linear', factor: 8, rope_theta: 1_000_000 },
        sliding_attention: { rope_type: 'default', rope_theta: 10_000 },
      },
    }).config
    expect({ ...five, json: 0 }).toEqual({ ...four, json: 0 })
    expect(five).toMatchObject({
      ...{
        ropeTheta: 1e6,
        ropeScaling: { type: 'linear', factor: 8 },
        headDim: 256,
        tieWordEmbeddings: true,
      },
      ...{ slidingRope: { ropeTheta: 1e4, ropeScaling: { type: 'default' } }, normOffset: 1 },
      ...{ slidingLayers: full.map((sees) => !sees), attentionScale: 1 / 16, finalSoftCap: undefined },
    })
  })

  test('a window that is off, absent and null', () => {
    expect(read('mistral', { sliding_window: null }).slidingLayers).toEqual([false, false])
    expect(read('mistral', { sliding_window: undefined }).slidingWindow).toBe(4096)
    const off = { use_sliding_window: false, sliding_window: 131_072, max_window_layers: 28 }
    expect(read('qwen2', off)).toMatchObject({ slidingWindow: undefined, slidingLayers: [false, false] })
    const listed = { sliding_window: null, layer_types: ['sliding_attention', 'full_attention'] }
    expect(() => read('gemma2', listed)).toThrowError(/sliding_window .* must be a number/)
    expect(() => read('gemma2', { layer_types: ['full_attention'] })).toThrowError(/type of 2 layers/)
    expect(() => read('mistral', { sliding_window: 0 })).toThrowError(/sliding_window/)
  })

  test('Gemma 1 calls its activation gelu and means the tanh approximation', () => {
    expect(read('gemma', { hidden_act: 'gelu' }).hiddenActivation).toBe('gelu_pytorch_tanh')
    expect(() => read('gemma2', { hidden_activation: 'gelu' })).toThrowError(/hidden_activation/)
  })
})

test('fused and separate projections follow the tensors, not the model type', () => {
  const layer = 'model.layers.0'
  const split = ['q_proj', 'k_proj', 'v_proj'].map((name) => `${layer}.self_attn.${name}.weight`)
  const fused = `${layer}.mlp.gate_up_proj.weight`
  const fitted = fitToTensors(read('phi3'), (name) => split.includes(name) || name === fused)
  expect(fitted).toMatchObject({ fusedQueryKeyValue: false, fusedGateUp: true })
  const foreign = fitToTensors(read('llama'), (name) => name.includes('qkv_proj') || name === fused)
  expect(foreign).toMatchObject({ fusedQueryKeyValue: true, fusedGateUp: true })
  // With neither, the error about missing tensors names those that the model type has.
  expect(fitToTensors(read('phi3'), () => false)).toMatchObject({ fusedQueryKeyValue: true })
})

test.each(families)(
  'a new %s model is made, and its paths are those of the checkpoints',
  async (modelType) => {
    const model = await createCausalLM(familyConfigs[modelType] ?? {}, { seed: 1, backend: 'cpu' })
    const names = [...model.linears().keys()].filter((name) => name.includes('layers.1.'))
    const attention = modelType === 'phi3' ? ['qkv_proj'] : ['q_proj', 'k_proj', 'v_proj']
    const expansion = modelType === 'phi3' ? ['gate_up_proj'] : ['gate_proj', 'up_proj']
    expect(names.map((name) => name.split('.').at(-1))).toEqual([
      ...[...attention, 'o_proj', ...expansion, 'down_proj'],
    ])
    model.dispose()
  },
)
