import { expect, test } from 'vitest'
import { resolveGenerationConfig } from '../generation-config.js'
import { createSampler } from './index.js'

const logits = Float32Array.from([0.1, 0.6, 0.3, 0].map(Math.log))

test('greedy takes the highest, the first among equals', () => {
  const sample = createSampler(resolveGenerationConfig({}))
  expect(sample(logits)).toBe(1)
  expect(sample(Float32Array.of(-5, -1, -1))).toBe(1)
})

test('sampling follows the probabilities and never takes what is ruled out', () => {
  const sample = createSampler(resolveGenerationConfig({ doSample: true, seed: 9 }))
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < 20_000; i++) {
    const id = sample(logits)
    counts[id] = (counts[id] ?? 0) + 1
  }
  expect(counts[3]).toBe(0)
  ;[0.1, 0.6, 0.3].forEach((share, id) => {
    expect((counts[id] ?? 0) / 20_000).toBeCloseTo(share, 1)
  })
})

test('the same seed draws the same tokens', () => {
  const draw = (seed: number): number[] => {
    const sample = createSampler(resolveGenerationConfig({ doSample: true, seed }))
    return Array.from({ length: 40 }, () => sample(logits))
  }
  expect(draw(3)).toEqual(draw(3))
  expect(draw(3)).not.toEqual(draw(4))
})

test.each([true, false])('logits that are not numbers are an error (doSample %s)', (doSample) => {
  const sample = createSampler(resolveGenerationConfig({ doSample }))
  expect(() => sample(Float32Array.of(1, Number.NaN))).toThrow(/token 1 is NaN/)
})
