import { setImmediate as nextTurn } from 'node:timers/promises'
import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import { Random } from '../tensors/random.js'
import type { DataCollator } from './data-collator.js'
import { ignoredLabel, type TokenizedExample } from './tokenized-example.js'
import { type TrainingArguments, tokenAccuracyMetric } from './training-arguments.js'
import type { EvaluationLogEntry } from './training-log.js'

/** Best evaluation so far, and how many came after it without a gain. */
export interface EvaluationState {
  readonly bestMetric: number | undefined
  readonly bestStep: number | undefined
  readonly withoutGain: number
}

/** Evaluates a model in training and remembers which step was best, as the Trainer and its EarlyStoppingCallback do. */
export class EvaluationLoop {
  private best: { readonly metric: number; readonly step: number } | undefined
  private withoutGain = 0

  constructor(
    private readonly model: CausalLM,
    private readonly examples: readonly TokenizedExample[],
    private readonly collator: DataCollator,
    private readonly args: TrainingArguments,
  ) {}

  /** Whether this step is one to evaluate at. */
  isDue(step: number, isLast: boolean): boolean {
    if (this.examples.length === 0) return false
    return isLast || (this.args.evalSteps > 0 && step % this.args.evalSteps === 0)
  }

  /** Loss without dropout or noise: the mean of each batch's mean loss, weighted by its rows. */
  async evaluate(step: number, epoch: number): Promise<EvaluationLogEntry> {
    const startedAt = performance.now()
    const { perDeviceEvalBatchSize: size } = this.args
    const wantsAccuracy = this.args.metricForBestModel === tokenAccuracyMetric
    let [lossSum, accuracySum, batches] = [0, 0, 0]
    for (let begin = 0; begin < this.examples.length; begin += size) {
      await nextTurn()
      const chosen = this.examples.slice(begin, begin + size)
      const { inputIds, labels, length } = this.collator.collate(chosen)
      const rows = (data: Int32Array): number[][] =>
        chosen.map((_, row) => Array.from(data.subarray(row * length, (row + 1) * length)))
      lossSum += chosen.length * (await this.model.loss(rows(inputIds), rows(labels)))
      if (wantsAccuracy) accuracySum += await meanTokenAccuracy(this.model, chosen)
      batches++
    }
    const seconds = Math.max((performance.now() - startedAt) / 1000, 1e-9)
    const evalLoss = lossSum / this.examples.length
    const accuracy = wantsAccuracy ? { evalMeanTokenAccuracy: accuracySum / batches } : {}
    this.judge(accuracy.evalMeanTokenAccuracy ?? evalLoss, step)
    return {
      ...{ step, epoch, evalLoss, ...accuracy, evalRuntime: seconds },
      evalSamplesPerSecond: this.examples.length / seconds,
      evalStepsPerSecond: batches / seconds,
    }
  }

  state(): EvaluationState {
    return { bestMetric: this.best?.metric, bestStep: this.best?.step, withoutGain: this.withoutGain }
  }

  restore({ bestMetric: metric, bestStep: step, withoutGain }: EvaluationState): void {
    this.best = metric === undefined || step === undefined ? undefined : { metric, step }
    this.withoutGain = withoutGain
  }

  /** Whether there were `earlyStoppingPatience` evaluations in a row without a gain. */
  isExhausted(): boolean {
    const { earlyStoppingPatience } = this.args
    return earlyStoppingPatience > 0 && this.withoutGain >= earlyStoppingPatience
  }

  private judge(metric: number, step: number): void {
    const { best, args } = this
    const change = best === undefined ? Number.NEGATIVE_INFINITY : metric - best.metric
    const isGreaterBetter = args.greaterIsBetter ?? args.metricForBestModel === tokenAccuracyMetric
    const gain = isGreaterBetter && best !== undefined ? change : -change
    this.withoutGain = gain > args.earlyStoppingThreshold ? 0 : this.withoutGain + 1
    if (gain > 0) this.best = { metric, step }
  }
}

/**
 * Part of the labels that are the likeliest token of all, as TRL's SFTTrainer measures it. Row by row, because it needs
 * whole logits: [T, V] at a time.
 */
async function meanTokenAccuracy(model: CausalLM, examples: readonly TokenizedExample[]): Promise<number> {
  let [right, counted] = [0, 0]
  for (const { inputIds, labels } of examples) {
    const { data } = await model.logits([inputIds])
    const width = data.length / inputIds.length
    for (const [t, label] of labels.entries()) {
      if (t === 0 || label === ignoredLabel) continue
      const logits = data.subarray((t - 1) * width, t * width)
      const most = logits.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY)
      right += logits.indexOf(most) === label ? 1 : 0
      counted++
    }
  }
  return right / Math.max(1, counted)
}

/**
 * Sets rows apart for evaluation, drawn from the seed; both parts keep the rows' order.
 *
 * @throws INVALID_ARGUMENT when one part would be empty
 */
export function splitExamples(
  examples: readonly TokenizedExample[],
  { evalFraction, seed }: Pick<TrainingArguments, 'evalFraction' | 'seed'>,
): { train: readonly TokenizedExample[]; evaluation: readonly TokenizedExample[] } {
  if (evalFraction === 0) return { train: examples, evaluation: [] }
  const count = Math.max(1, Math.round(examples.length * evalFraction))
  if (count >= examples.length) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `evalFraction must leave rows to train on; ${evalFraction} of ${examples.length} rows leaves none. Lower it.`,
    )
  }
  const rows = new Random(seed).shuffle(Array.from(examples.keys()))
  const apart = new Set(rows.slice(0, count))
  return {
    train: examples.filter((_, row) => !apart.has(row)),
    evaluation: examples.filter((_, row) => apart.has(row)),
  }
}
