import { describe, expect, test } from 'vitest'
import { Random } from './random.js'

describe('Random', () => {
  test('gives the reference outputs of xoshiro128**', () => {
    const random = Random.fromState([1, 2, 3, 4])
    expect([random.uint32(), random.uint32(), random.uint32(), random.uint32()]).toEqual([
      11520, 0, 5927040, 70819200,
    ])
  })

  test('is seeded by SplitMix64 (reference values for seed 1234567)', () => {
    const [a, b, c, d] = new Random(1234567).state()
    expect([BigInt(a) + (BigInt(b) << 32n), BigInt(c) + (BigInt(d) << 32n)]).toEqual([
      6457827717110365317n,
      3203168211198807973n,
    ])
  })

  test('repeats itself from the same seed or a stored state, and differs for another seed', () => {
    const draw = (random: Random): number[] => Array.from({ length: 50 }, () => random.normal())
    const first = new Random(3407)
    expect(draw(first)).toEqual(draw(new Random(3407)))
    const state = JSON.parse(JSON.stringify(first.state()))
    expect(draw(first)).toEqual(draw(Random.fromState(state)))
    expect(draw(new Random(1))).not.toEqual(draw(new Random(2)))
  })

  test('uniform and normal numbers have the moments they promise', () => {
    const random = new Random(7)
    const count = 200_000
    const uniform = Array.from({ length: count }, () => random.uniform(-2, 4))
    const normal = Array.from({ length: count }, () => random.normal(3, 2))
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / count
    const deviation = (values: number[]): number => {
      const center = mean(values)
      return Math.sqrt(mean(values.map((value) => (value - center) ** 2)))
    }
    expect(uniform.every((value) => value >= -2 && value < 4)).toBe(true)
    expect(mean(uniform)).toBeCloseTo(1, 1)
    expect(deviation(uniform)).toBeCloseTo(6 / Math.sqrt(12), 1)
    expect(mean(normal)).toBeCloseTo(3, 1)
    expect(deviation(normal)).toBeCloseTo(2, 1)
    expect(normal.filter((value) => Math.abs(value - 3) < 2).length / count).toBeCloseTo(0.6827, 2)
  })

  test('integer is unbiased over a bound that does not divide 2^32', () => {
    const random = new Random(11)
    const counts = new Array<number>(6).fill(0)
    for (let i = 0; i < 60_000; i++) {
      const face = random.integer(6)
      counts[face] = (counts[face] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400)
    expect(random.integer(1)).toBe(0)
  })

  test('shuffle keeps every item and reaches every order', () => {
    const random = new Random(5)
    const orders = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(['a', 'b', 'c']).join('')
      orders.set(order, (orders.get(order) ?? 0) + 1)
    }
    expect([...orders.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
    for (const count of orders.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })

  test.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => new Random(seed)).toThrow(/seed must be an integer/)
  })

  test('refuses a state that is not four words, or all zero', () => {
    expect(() => Random.fromState([0, 0, 0, 0])).toThrow(/random state/)
    expect(() => Random.fromState([1, 2, 3, 2 ** 32])).toThrow(/random state/)
    expect(() => new Random(1).integer(0)).toThrow(/bound must be/)
  })
})
