import { describe, expect, test } from 'vitest'
import { rotaryRule } from './layers/rotary-embedding.js'
import type { ModelConfig } from './model-config.js'
import { interpretConfig } from './model-folder.js'
import { tinyConfig } from './tiny-config.fixture.js'

/** Of a model with one kind of layers. */
function rotaryFrequencies(config: ModelConfig): Float32Array {
  return rotaryRule(config, config).frequencies
}

function read(changes: Record<string, unknown>): ModelConfig {
  return interpretConfig('config.json', { ...tinyConfig, ...changes }).config
}

describe('config.json', () => {
  test('keys of transformers 4 and 5 mean the same', () => {
    const { rope_theta: _, ...withoutTheta } = tinyConfig
    const four = read({ rope_theta: 5e5, rope_scaling: { type: 'linear', factor: 2 } })
    const five = interpretConfig('config.json', {
      ...withoutTheta,
      rope_parameters: { rope_theta: 5e5, rope_type: 'linear', factor: 2 },
    }).config
    expect(five.ropeTheta).toBe(four.ropeTheta)
    expect(five.ropeScaling).toEqual(four.ropeScaling)
  })

  test('defaults: heads, head size, ids', () => {
    const config = read({
      num_key_value_heads: null,
      head_dim: null,
      eos_token_id: [2, 3],
      pad_token_id: null,
    })
    expect(config).toMatchObject({
      numKeyValueHeads: 4,
      headDim: 2,
      eosTokenIds: [2, 3],
      padTokenId: undefined,
      bosTokenId: 1,
    })
  })

  test.each([
    ['hidden_size', '8'],
    ['hidden_size', 0],
    ['hidden_size', 8.5],
    ['vocab_size', undefined],
    ['vocab_size', -1],
    ['num_hidden_layers', 0],
    ['num_hidden_layers', 1e9],
    ['num_attention_heads', null],
    ['num_key_value_heads', 3],
    ['head_dim', 3],
    ['rms_norm_eps', 0],
    ['rms_norm_eps', 'small'],
    ['rope_theta', -1],
    ['rope_scaling', 7],
    ['rope_scaling', { type: 'llama3', factor: 8 }],
    ['tie_word_embeddings', 'yes'],
    ['eos_token_id', 'end'],
    ['model_type', 5],
    ['max_position_embeddings', []],
  ])('%s: %j is refused by name', (key, value) => {
    expect(() => read({ [key]: value })).toThrowError(
      expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining(key) }),
    )
  })

  test('heads that do not divide the hidden size are refused where there is no head size', () => {
    expect(() => read({ head_dim: null, hidden_size: 10 })).toThrowError(/hidden_size .* divisible/)
  })

  test.each([
    ['model_type', 'mamba'],
    ['hidden_act', 'gelu'],
    ['attention_dropout', 0.1],
    ['partial_rotary_factor', 0.5],
    ['quantization_config', { quant_method: 'bitsandbytes' }],
    ['rope_scaling', { type: 'yarn', factor: 2 }],
  ])('%s: %j would change the mathematics and is refused by name', (key, value) => {
    const name = key === 'rope_scaling' ? 'rope_scaling.type' : key
    expect(() => read({ [key]: value })).toThrowError(
      expect.objectContaining({ code: 'UNSUPPORTED_MODEL', message: expect.stringContaining(name) }),
    )
  })

  test('what is not an object is refused', () => {
    for (const json of [null, 3, [], 'text']) {
      expect(() => interpretConfig('config.json', json)).toThrowError(
        expect.objectContaining({ code: 'INVALID_CONFIG' }),
      )
    }
  })
})

describe('rotary frequencies', () => {
  const llama3 = {
    rope_type: 'llama3',
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 8192,
  }

  test('llama3 scaling keeps short waves, stretches long ones and interpolates between', () => {
    const plain = rotaryFrequencies(read({ head_dim: 128, rope_theta: 5e5 }))
    const scaled = rotaryFrequencies(read({ head_dim: 128, rope_theta: 5e5, rope_scaling: llama3 }))
    expect(scaled[0]).toBe(1)
    expect(scaled[63]).toBeCloseTo((plain[63] ?? 0) / 8, 12)
    // Wavelength 2π/f between 8192/4 and 8192: j = 30 → f = 5e5^(−60/128).
    const waves = (8192 * (plain[30] ?? 0)) / (2 * Math.PI)
    expect(waves).toBeGreaterThan(1)
    expect(waves).toBeLessThan(4)
    const smooth = (waves - 1) / 3
    expect(scaled[30]).toBeCloseTo((plain[30] ?? 0) * ((1 - smooth) / 8 + smooth), 9)
  })

  test('linear scaling divides all', () => {
    const plain = rotaryFrequencies(read({}))
    const scaled = rotaryFrequencies(read({ rope_scaling: { type: 'linear', factor: 4 } }))
    expect([...scaled]).toEqual([...plain].map((frequency) => frequency / 4))
  })
})
