import { describe, expect, test } from 'vitest'
import { schedules } from './index.js'

const sequence = (name: keyof typeof schedules, warmup: number, total: number): number[] =>
  Array.from({ length: total }, (_, update) => schedules[name].factor(update, warmup, total))

describe('learning-rate schedules', () => {
  test('linear starts at 0 with a warm-up and ends at 1/(N − w)', () => {
    expect(sequence('linear', 2, 6)).toEqual([0, 0.5, 1, 0.75, 0.5, 0.25])
    expect(sequence('linear', 0, 4)).toEqual([1, 0.75, 0.5, 0.25])
  })

  test('cosine follows half a cosine after the warm-up', () => {
    const expected = [0, 1, 0.75, 0.25]
    for (const [i, factor] of sequence('cosine', 1, 4).entries())
      expect(factor).toBeCloseTo(expected[i] ?? -1, 12)
  })

  test('constant is constant, with or without a warm-up in front', () => {
    expect(sequence('constant', 2, 3)).toEqual([1, 1, 1])
    expect(sequence('constant_with_warmup', 2, 4)).toEqual([0, 0.5, 1, 1])
  })

  test('a warm-up as long as the run never divides by zero', () => {
    for (const name of ['linear', 'cosine'] as const) {
      expect(sequence(name, 3, 3)).toEqual([0, 1 / 3, 2 / 3])
      expect(schedules[name].factor(3, 3, 3)).toBeGreaterThanOrEqual(0)
    }
  })

  test('each is listed under its own name', () => {
    for (const [name, schedule] of Object.entries(schedules)) expect(schedule.name).toBe(name)
  })
})
