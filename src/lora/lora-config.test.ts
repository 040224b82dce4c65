import { describe, expect, test } from 'vitest'
import {
  adaptedModules,
  adapterSizes,
  assertPatternsMatch,
  defaultLoraConfig,
  matchTargetModules,
  resolveLoraConfig,
} from './lora-config.js'

const paths = [
  'model.layers.0.self_attn.q_proj',
  'model.layers.0.mlp.down_proj',
  'model.layers.1.self_attn.q_proj',
  'model.layers.1.mlp.down_proj',
  'lm_head',
]

describe('targetModules', () => {
  test('names match the ends of paths, at a dot', () => {
    expect(matchTargetModules(['q_proj'], paths)).toEqual([paths[0], paths[2]])
    expect(matchTargetModules(['layers.1.mlp.down_proj', 'lm_head'], paths)).toEqual([paths[3], paths[4]])
    expect(() => matchTargetModules(['proj'], paths)).toThrow(/got proj/)
  })

  test('a text is one regular expression for the whole path', () => {
    expect(matchTargetModules('.*layers\\.1.*_proj', paths)).toEqual([paths[2], paths[3]])
    expect(() => matchTargetModules('q_proj', paths)).toThrow(/q_proj, down_proj, lm_head/)
    expect(() => matchTargetModules('(', paths)).toThrow(/regular expression/)
  })

  test('all-linear leaves the output head out', () => {
    expect(matchTargetModules('all-linear', paths)).toEqual(paths.slice(0, 4))
  })

  test('a name that matches nothing is an error even beside one that does', () => {
    expect(() => matchTargetModules(['q_proj', 'k_proj'], paths)).toThrow(/got k_proj/)
    expect(() => matchTargetModules([], paths)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  })
})

test('scale is alpha / r, alpha / √r with rslora, and patterns override', () => {
  const config = resolveLoraConfig({
    r: 16,
    loraAlpha: 32,
    rankPattern: { 'mlp.down_proj': 4 },
    alphaPattern: { q_proj: 8 },
  })
  expect(adapterSizes(config, paths[0] ?? '')).toEqual({ r: 16, scale: 0.5 })
  expect(adapterSizes(config, paths[1] ?? '')).toEqual({ r: 4, scale: 8 })
  expect(adapterSizes({ ...config, useRslora: true }, 'lm_head').scale).toBe(8)
})

test('the defaults are the documented ones', () => {
  expect(resolveLoraConfig()).toEqual(defaultLoraConfig)
  expect(defaultLoraConfig).toMatchObject({ r: 16, loraAlpha: 16, loraDropout: 0, bias: 'none' })
})

test.each([
  [{ r: 0 }, 'r must be an integer ≥ 1; got 0. '],
  [{ loraAlpha: -1 }, 'loraAlpha must be > 0; got -1. Set it to r or 2 × r.'],
  [{ loraDropout: 1 }, 'loraDropout must be ≥ 0 and < 1; got 1. '],
  [{ bias: 'all' as never }, 'bias must be "none"; got all. '],
  [{ targetModules: [''] }, 'targetModules must be a list'],
  [{ rankPattern: { q_proj: 0.5 } }, 'rankPattern "q_proj" must be an integer ≥ 1; got 0.5. '],
  [{ lora_alpha: 3 } as never, 'LoRA setting must be one of r, loraAlpha'],
])('%o is refused', (given, message) => {
  expect(() => resolveLoraConfig(given)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
  )
})

const layered = [0, 1, 2].flatMap((layer) =>
  ['q_proj', 'v_proj'].map((name) => `model.layers.${layer}.self_attn.${name}`),
)

test('layersToTransform narrows names, not whole paths', () => {
  const narrowed = resolveLoraConfig({ targetModules: ['q_proj'], layersToTransform: [0, 2] })
  const expected = ['model.layers.0.self_attn.q_proj', 'model.layers.2.self_attn.q_proj']
  expect(adaptedModules(narrowed, layered)).toEqual(expected)
  expect(adaptedModules({ ...narrowed, layersPattern: ['layers'] }, layered)).toEqual(expected)
  expect(adaptedModules({ ...narrowed, targetModules: expected }, layered)).toEqual(expected)
  expect(() => adaptedModules({ ...narrowed, layersToTransform: [3] }, layered)).toThrow(
    /got 3\. Count from 0/,
  )
  expect(() => adaptedModules({ ...narrowed, layersPattern: ['h'] }, layered)).toThrow(/layersToTransform/)
  expect(() => resolveLoraConfig({ layersToTransform: [-1] })).toThrow(/layer numbers/)
})

test('a pattern that matches no module is refused', () => {
  const config = resolveLoraConfig({ rankPattern: { q_proj: 2 }, alphaPattern: { o_proj: 4 } })
  expect(() => assertPatternsMatch(config, layered)).toThrow(/alphaPattern must be keyed .* got o_proj/)
})
