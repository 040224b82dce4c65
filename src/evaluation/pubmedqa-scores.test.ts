import { expect, test } from 'vitest'
import type { Decision } from '../datasets/pubmedqa-article.js'
import { Random } from '../tensors/random.js'
import { decisions, type JudgedAnswer } from './classification.js'
import { describeVerdict, pubMedQaScores, rightAnswerProbabilities } from './pubmedqa-scores.js'

const gold: readonly Decision[] = [
  ...Array.from({ length: 276 }, (): Decision => 'yes'),
  ...Array.from({ length: 169 }, (): Decision => 'no'),
  ...Array.from({ length: 55 }, (): Decision => 'maybe'),
]

/** A model that knows a share of the answers and guesses the others, each answer alike. */
function guesses(knownShare: number): JudgedAnswer[] {
  const random = new Random(11)
  return gold.map((answer) => ({
    gold: answer,
    predicted: random.integer(1000) < 1000 * knownShare ? answer : (decisions[random.integer(3)] ?? 'yes'),
  }))
}

test('guessing is reported as chance, and so is always giving one answer', () => {
  expect(pubMedQaScores(guesses(0)).verdict).toBe('chance')
  const always = pubMedQaScores(gold.map((answer) => ({ gold: answer, predicted: 'yes' as const })))
  expect(always).toMatchObject({ verdict: 'chance', accuracy: 0.552, records: 500 })
  expect(describeVerdict(always)).toContain('chance')
})

test('knowing something is told apart from beating the most common answer', () => {
  const some = pubMedQaScores(guesses(0.3))
  expect(some.verdict).toBe('majority')
  expect(describeVerdict(some)).toContain('Not distinguishable')
  const much = pubMedQaScores(guesses(0.7))
  expect(much.verdict).toBe('better')
  expect(much.accuracyInterval[0]).toBeLessThan(much.accuracy)
  expect(much.accuracyInterval[1]).toBeGreaterThan(much.accuracy)
  expect(describeVerdict(much)).toContain('Better')
})

test('the probability of the right answer is its share of the three likelihoods', () => {
  const answer = {
    id: '1',
    gold: 'no',
    predicted: 'yes',
    logLikelihoods: [-1000, -1000 - Math.LN2, -1000 - Math.LN2],
  } as const
  expect(rightAnswerProbabilities([answer])[0]).toBeCloseTo(0.25, 12)
})
