import { expect, test } from 'vitest'
import { defaultTrainingArguments, resolveTrainingArguments } from './training-arguments.js'

test('the defaults are the documented configuration', () => {
  expect(resolveTrainingArguments()).toMatchObject({
    perDeviceTrainBatchSize: 2,
    gradientAccumulationSteps: 4,
    warmupSteps: 5,
    maxSteps: 100,
    learningRate: 2e-4,
    lrSchedulerType: 'linear',
    weightDecay: 0.01,
    maxGradNorm: 1,
    seed: 3407,
    loggingSteps: 1,
    maxLength: 2048,
  })
})

test('given values win; undefined means the default', () => {
  const { maxSteps, seed } = resolveTrainingArguments({ maxSteps: 3, seed: undefined as never })
  expect([maxSteps, seed]).toEqual([3, defaultTrainingArguments.seed])
})

test.each([
  [{ perDeviceTrainBatchSize: 0 }, 'perDeviceTrainBatchSize must be an integer ≥ 1; got 0. '],
  [{ maxSteps: 0 }, 'maxSteps must be an integer ≥ 1, or −1; got 0. '],
  [{ learningRate: Number.NaN }, 'learningRate must be > 0; got NaN. '],
  [{ lrSchedulerType: 'step' as never }, 'lrSchedulerType must be one of linear, cosine'],
  [{ adamBeta1: 1 }, 'adamBeta1 must be ≥ 0 and < 1; got 1. '],
  [{ gradientCheckpointing: 'yes' as never }, 'gradientCheckpointing must be true or false; got yes. '],
  [{ maxStep: 5 } as never, 'training argument must be one of perDeviceTrainBatchSize'],
  [
    { warmupSteps: 5, warmupRatio: 0.1 },
    'warmupSteps and warmupRatio must not both be given; got 5 and 0.1. ',
  ],
])('%o is refused', (given, message) => {
  expect(() => resolveTrainingArguments(given)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
  )
})
