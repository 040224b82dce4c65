import {
  bootstrapInterval,
  type ClassificationScores,
  classificationScores,
  decisions,
  type JudgedAnswer,
  kappa,
  majorityScores,
} from './classification.js'
import type { PubMedQaAnswer } from './judge-pubmedqa.js'

export type Interval = readonly [low: number, high: number]

/**
 * `chance`: the answers do not depend on the question, as far as so many records can tell. `majority`: they do, and
 * always giving the most common answer is as often right. `better`: more often right than that.
 */
export type Verdict = 'chance' | 'majority' | 'better'

export interface PubMedQaScores extends ClassificationScores {
  readonly records: number
  /** 95 % bootstrap intervals. */
  readonly accuracyInterval: Interval
  readonly macroF1Interval: Interval
  /** Cohen's kappa, 0 at chance. */
  readonly kappa: number
  readonly kappaInterval: Interval
  /** Of always giving the most common gold answer. */
  readonly majority: { readonly accuracy: number; readonly macroF1: number }
  readonly verdict: Verdict
}

/** Every score of a run, with intervals, the majority baseline and what they say together. */
export function pubMedQaScores(answers: readonly JudgedAnswer[]): PubMedQaScores {
  const scores = classificationScores(answers)
  const { accuracy, macroF1 } = majorityScores(answers)
  const accuracyInterval = bootstrapInterval(answers, (sample) => classificationScores(sample).accuracy)
  const kappaInterval = bootstrapInterval(answers, kappa)
  return {
    ...scores,
    records: answers.length,
    accuracyInterval,
    macroF1Interval: bootstrapInterval(answers, (sample) => classificationScores(sample).macroF1),
    kappa: kappa(answers),
    kappaInterval,
    majority: { accuracy, macroF1 },
    verdict: kappaInterval[0] <= 0 ? 'chance' : accuracyInterval[0] <= accuracy ? 'majority' : 'better',
  }
}

/** The verdict as a sentence. */
export function describeVerdict({
  verdict,
  kappaInterval,
  accuracyInterval,
  majority,
}: PubMedQaScores): string {
  const range = ([low, high]: Interval): string => `${low.toFixed(3)} to ${high.toFixed(3)}`
  if (verdict === 'chance') {
    return `At chance level: the answers do not depend on the question as far as this test can tell (kappa ${range(kappaInterval)}).`
  }
  const compared = `accuracy ${range(accuracyInterval)}, always the most common answer ${majority.accuracy.toFixed(3)}`
  return verdict === 'majority'
    ? `Not distinguishable from always giving the most common answer (${compared}).`
    : `Better than always giving the most common answer (${compared}).`
}

/** Probability of each record's right answer among the three: softmax of their log-likelihoods. */
export function rightAnswerProbabilities(answers: readonly PubMedQaAnswer[]): number[] {
  return answers.map(({ gold, logLikelihoods }) => {
    const most = Math.max(...logLikelihoods)
    const weights = logLikelihoods.map((value) => Math.exp(value - most))
    const own = weights[decisions.indexOf(gold)] ?? 0
    return own / weights.reduce((sum, weight) => sum + weight, 0)
  })
}
