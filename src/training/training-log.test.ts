import { expect, test } from 'vitest'
import { diagnoseLoss, type TrainingLogEntry } from './training-log.js'
import { snakeKeys } from './training-log-file.js'

const logOf = (losses: readonly number[]): TrainingLogEntry[] =>
  losses.map((loss, i) => ({
    step: i + 1,
    loss,
    learningRate: 2e-4,
    gradNorm: 1,
    tokensPerSecond: 100,
    seconds: 1,
    epoch: 0,
  }))

test('a falling loss needs no diagnosis', () => {
  expect(diagnoseLoss(logOf([4, 3.9, 3.5, 3.4, 3.1, 3, 2.9, 2.8]))).toBeUndefined()
})

test('too few entries say nothing', () => {
  expect(diagnoseLoss(logOf([4, 5, 6]))).toBeUndefined()
})

test('a loss that stays asks for more, one that rises for less', () => {
  expect(diagnoseLoss(logOf([4, 4, 4, 4, 4, 4, 4, 4]))).toMatch(
    /does not decrease: 4.0000 .* raise learningRate/,
  )
  expect(diagnoseLoss(logOf([4, 4, 4, 5, 6, 7, 8, 9]))).toMatch(/rises: lower learningRate \(0.0002\)/)
})

test('names on disk are snake_case at every depth, undefined is null', () => {
  expect(snakeKeys({ maxSteps: 1, log: [{ gradNorm: 2 }], outputDir: undefined })).toEqual({
    max_steps: 1,
    log: [{ grad_norm: 2 }],
    output_dir: null,
  })
})
