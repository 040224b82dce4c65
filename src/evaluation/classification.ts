import type { Decision } from '../datasets/pubmedqa-article.js'
import { Random } from '../tensors/random.js'

/** The answers of PubMedQA, in the order of every matrix. */
export const decisions: readonly Decision[] = ['yes', 'no', 'maybe']

/** A record's right answer and the model's. */
export interface JudgedAnswer {
  readonly gold: Decision
  readonly predicted: Decision
}

export interface ClassificationScores {
  readonly accuracy: number
  /** Mean F1 of the classes that occur in the gold or predicted answers, 0 for one never met: as scikit-learn's `macro`. */
  readonly macroF1: number
  readonly recall: Readonly<Record<Decision, number>>
  /** [gold][predicted], in the order of `decisions`. */
  readonly confusion: readonly (readonly number[])[]
}

/** Accuracy, macro-F1, recall per class and confusion matrix; all 0 without answers. */
export function classificationScores(answers: readonly JudgedAnswer[]): ClassificationScores {
  const confusion = decisions.map((gold) =>
    decisions.map(
      (predicted) =>
        answers.filter((answer) => answer.gold === gold && answer.predicted === predicted).length,
    ),
  )
  const classes = decisions.map((decision, index) => {
    const right = confusion[index]?.[index] ?? 0
    const gold = (confusion[index] ?? []).reduce((sum, count) => sum + count, 0)
    const predicted = confusion.reduce((sum, row) => sum + (row[index] ?? 0), 0)
    return { decision, right, gold, predicted }
  })
  const met = classes.filter(({ gold, predicted }) => gold + predicted > 0)
  const right = classes.reduce((sum, each) => sum + each.right, 0)
  const f1Sum = met.reduce((sum, each) => sum + (2 * each.right) / (each.gold + each.predicted), 0)
  const recallOf = (index: number): number => {
    const each = classes[index]
    return each === undefined ? 0 : each.right / Math.max(1, each.gold)
  }
  return {
    accuracy: right / Math.max(1, answers.length),
    macroF1: f1Sum / Math.max(1, met.length),
    recall: { yes: recallOf(0), no: recallOf(1), maybe: recallOf(2) },
    confusion,
  }
}

/** Scores of always giving the most common gold answer. */
export function majorityScores(answers: readonly JudgedAnswer[]): ClassificationScores {
  const count = (decision: Decision): number => answers.filter(({ gold }) => gold === decision).length
  const most = decisions.reduce((best, next) => (count(next) > count(best) ? next : best), 'yes')
  return classificationScores(answers.map(({ gold }) => ({ gold, predicted: most })))
}

/**
 * Agreement beyond what the same answers would reach if they did not depend on the question: 0 at chance, 1 when all are
 * right.
 *
 * @see Cohen, "A coefficient of agreement for nominal scales" (1960)
 */
export function kappa(answers: readonly JudgedAnswer[]): number {
  const { accuracy, confusion } = classificationScores(answers)
  const expected = decisions.reduce((sum, _, index) => {
    const gold = (confusion[index] ?? []).reduce((total, value) => total + value, 0)
    const predicted = confusion.reduce((total, row) => total + (row[index] ?? 0), 0)
    return sum + (gold * predicted) / Math.max(1, answers.length) ** 2
  }, 0)
  return expected >= 1 ? 0 : (accuracy - expected) / (1 - expected)
}

/**
 * 95 % percentile bootstrap interval of a figure over answers.
 *
 * @see Efron, "Bootstrap methods: another look at the jackknife" (1979)
 */
export function bootstrapInterval(
  answers: readonly JudgedAnswer[],
  figure: (sample: readonly JudgedAnswer[]) => number,
  { seed = 3407, resamples = 1000 }: { readonly seed?: number; readonly resamples?: number } = {},
): readonly [low: number, high: number] {
  const random = new Random(seed)
  const figures = Array.from({ length: resamples }, () =>
    figure(answers.flatMap(() => answers[random.integer(Math.max(1, answers.length))] ?? [])),
  ).sort((a, b) => a - b)
  const at = (share: number): number => figures[Math.round(share * (figures.length - 1))] ?? 0
  return [at(0.025), at(0.975)]
}
