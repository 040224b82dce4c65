import { describe, expect, test } from 'vitest'
import { Random } from '../../tensors/random.js'
import { resolveGenerationConfig } from '../generation-config.js'
import { createLogitsProcessors } from './index.js'
import { repetitionPenalty } from './repetition-penalty.js'
import { topK } from './top-k.js'
import { topP } from './top-p.js'

const none = Number.NEGATIVE_INFINITY

describe('repetition penalty', () => {
  test('hits each token that occurred once, whatever its sign, and ignores ids without a logit', () => {
    const logits = Float32Array.of(2, -2, 1, 0)
    repetitionPenalty(2)(logits, [0, 0, 1, 3, 99])
    expect([...logits]).toEqual([1, -4, 1, 0])
  })
})

describe('top-k', () => {
  test('keeps ties with the k-th', () => {
    const logits = Float32Array.of(1, 3, 2, 2, 0)
    topK(2)(logits, [])
    expect([...logits]).toEqual([none, 3, 2, 2, none])
  })

  test('agrees with sorting on a large row', () => {
    const random = new Random(1)
    const row = Float32Array.from({ length: 5000 }, () => random.normal())
    const threshold = [...row].sort((a, b) => b - a)[49] as number
    const logits = row.slice()
    topK(50)(logits, [])
    expect(logits).toEqual(row.map((logit) => (logit < threshold ? none : logit)))
  })

  test('a k of the whole row changes nothing', () => {
    const logits = Float32Array.of(1, 2)
    topK(2)(logits, [])
    expect([...logits]).toEqual([1, 2])
  })
})

describe('top-p', () => {
  test('keeps the smallest set that reaches p', () => {
    const logits = Float32Array.from([0.5, 0.3, 0.15, 0.05].map(Math.log))
    topP(0.79)(logits, [])
    expect([...logits].map((logit) => logit !== none)).toEqual([true, true, false, false])
  })

  test('keeps the most probable even at p = 0 and passes over what is ruled out', () => {
    const logits = Float32Array.of(none, -1, -3, none)
    topP(0)(logits, [])
    expect([...logits]).toEqual([none, -1, none, none])
  })
})

test('greedy search takes no part of what shapes sampling', () => {
  const options = { temperature: 0.5, topK: 3, topP: 0.5 }
  expect(createLogitsProcessors(resolveGenerationConfig(options))).toHaveLength(0)
  expect(createLogitsProcessors(resolveGenerationConfig({ ...options, doSample: true }))).toHaveLength(3)
})
