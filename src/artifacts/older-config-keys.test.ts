import { expect, test } from 'vitest'
import { withOlderKeys } from './older-config-keys.js'

test('rotary settings of transformers 5 go where version 4 looks for them', () => {
  const config = { model_type: 'phi3', dtype: 'float32', hidden_size: 8 }
  const scaling = { short_factor: [1], long_factor: [2] }
  const rope = { rope_theta: 5, partial_rotary_factor: 0.5, rope_type: 'longrope', ...scaling }
  expect(
    withOlderKeys({ ...config, rope_parameters: { ...rope, original_max_position_embeddings: 64 } }),
  ).toEqual({
    ...{ model_type: 'phi3', hidden_size: 8, rope_theta: 5, partial_rotary_factor: 0.5 },
    ...{ original_max_position_embeddings: 64, rope_scaling: { type: 'longrope', ...scaling } },
  })
  const plain = { rope_theta: 5, partial_rotary_factor: 0.5, rope_type: 'default' }
  expect(withOlderKeys({ model_type: 'phi3', rope_parameters: plain })).toEqual({
    ...{ model_type: 'phi3', rope_theta: 5, partial_rotary_factor: 0.5 },
  })
  const nested = { rope_parameters: { full_attention: {}, sliding_attention: {} } }
  expect(withOlderKeys(nested)).toEqual(nested)
})
