import { expect, test } from 'vitest'
import type { Decision } from '../datasets/pubmedqa-article.js'
import {
  bootstrapInterval,
  classificationScores,
  type JudgedAnswer,
  kappa,
  majorityScores,
} from './classification.js'

const repeat = (count: number, gold: Decision, predicted: Decision): JudgedAnswer[] =>
  Array.from({ length: count }, () => ({ gold, predicted }))
const official = [...repeat(276, 'yes', 'yes'), ...repeat(169, 'no', 'no'), ...repeat(55, 'maybe', 'maybe')]

test('always answering yes gives the published majority figures, and is at chance', () => {
  const { accuracy, macroF1 } = majorityScores(official)
  expect([accuracy.toFixed(3), macroF1.toFixed(3)]).toEqual(['0.552', '0.237'])
  expect(kappa(official.map(({ gold }) => ({ gold, predicted: 'yes' as const })))).toBe(0)
  expect(kappa(official)).toBe(1)
})

test('a class that occurs nowhere is left out of macro-F1; one never predicted counts 0', () => {
  expect(classificationScores([...repeat(2, 'yes', 'yes'), ...repeat(2, 'no', 'yes')]).macroF1).toBeCloseTo(
    1 / 3,
    12,
  )
})

test('the bootstrap interval repeats with its seed and holds the figure', () => {
  const answers = [...repeat(60, 'yes', 'yes'), ...repeat(40, 'no', 'yes')]
  const figure = (sample: readonly JudgedAnswer[]): number => classificationScores(sample).accuracy
  const [low, high] = bootstrapInterval(answers, figure)
  expect([low, high]).toEqual(bootstrapInterval(answers, figure))
  expect(low).toBeGreaterThan(0.45)
  expect(low).toBeLessThan(0.6)
  expect(high).toBeGreaterThan(0.6)
  expect(high).toBeLessThan(0.75)
})
