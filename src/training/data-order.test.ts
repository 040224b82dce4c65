import { expect, test } from 'vitest'
import { planDataOrder } from './data-order.js'
import { resolveTrainingArguments } from './training-arguments.js'

const plan = (rows: number, given: Parameters<typeof resolveTrainingArguments>[0]) =>
  planDataOrder(rows, resolveTrainingArguments(given))

test('the last window of an epoch is short and still an update', () => {
  const order = plan(12, { shuffle: false })
  expect(order.microBatchesPerEpoch).toBe(6)
  expect(order.updatesPerEpoch).toBe(2)
  expect(order.microBatches(0)).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
  ])
  expect(order.microBatches(1)).toEqual([
    [8, 9],
    [10, 11],
  ])
  expect([0, 1, 2].map(order.epochAfter)).toEqual([4 / 6, 1, 1 + 4 / 6])
})

test('an odd row at the end makes a micro-batch of its own', () => {
  expect(plan(3, { shuffle: false }).microBatches(0)).toEqual([[0, 1], [2]])
})

test('every epoch visits every row once, in an order of its own', () => {
  const order = plan(37, { gradientAccumulationSteps: 3 })
  const epoch = (number: number): number[] =>
    Array.from({ length: order.updatesPerEpoch }, (_, i) =>
      order.microBatches(number * order.updatesPerEpoch + i).flat(),
    ).flat()
  const [first, second] = [epoch(0), epoch(1)]
  expect(first).not.toEqual(second)
  for (const rows of [first, second]) {
    expect([...rows].sort((a, b) => a - b)).toEqual(Array.from({ length: 37 }, (_, row) => row))
  }
  expect(epoch(0)).toEqual(first)
})

test('epochs decide the number of updates when maxSteps is −1', () => {
  expect(plan(12, { maxSteps: -1, numTrainEpochs: 2.5 }).totalUpdates).toBe(5)
  expect(plan(12, { maxSteps: 7 }).totalUpdates).toBe(7)
})

test('groupByLength visits every row once, the longest first, with less padding', () => {
  const lengths = Array.from({ length: 64 }, (_, row) => 5 + ((row * 37) % 61))
  const padding = (groupByLength: boolean): number => {
    const args = resolveTrainingArguments({ maxSteps: 8, gradientAccumulationSteps: 4, groupByLength })
    const order = planDataOrder(64, args, lengths)
    const batches = Array.from({ length: order.updatesPerEpoch }, (_, update) =>
      order.microBatches(update),
    ).flat()
    expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, row) => row))
    if (groupByLength) expect(lengths[batches[0]?.[0] ?? 0]).toBe(Math.max(...lengths))
    return batches.reduce((sum, rows) => {
      const sizes = rows.map((row) => lengths[row] ?? 0)
      return sum + sizes.reduce((rest, size) => rest + Math.max(...sizes) - size, 0)
    }, 0)
  }
  expect(padding(true)).toBeLessThan(padding(false) / 2)
})
