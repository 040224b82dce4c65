import { expect, test } from 'vitest'
import { describeLogEntry, progressCallback } from './progress-callback.js'
import type { TrainingState } from './training-callback.js'

const entry = {
  step: 1,
  loss: 2.13119,
  learningRate: 2e-4,
  gradNorm: 0.529,
  tokensPerSecond: 811.6,
  seconds: 3,
  epoch: 0.1,
}

test('a log entry reads as loss, learning rate, gradient norm and speed', () => {
  expect(describeLogEntry(entry)).toBe('loss 2.1312  lr 2.0e-4  grad 0.53  812 tok/s')
})

test('the bar opens with the number of updates, follows them, and is removed at the end', async () => {
  const calls: unknown[] = []
  const callback = progressCallback((total) => {
    calls.push(['open', total])
    return { update: (done, note) => calls.push([done, note]), finish: () => calls.push(['finish']) }
  })
  const state = { step: 1, totalSteps: 4 } as TrainingState
  await callback.onTrainBegin?.(state, [])
  await callback.onStepEnd?.(state)
  await callback.onLog?.(entry, state)
  await callback.onStepEnd?.({ ...state, step: 2 })
  await callback.onTrainEnd?.(state)
  expect(calls).toEqual([['open', 4], [1, ''], [2, describeLogEntry(entry)], ['finish']])
})
