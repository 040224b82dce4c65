/** One entry per `loggingSteps` updates. */
export interface TrainingLogEntry {
  /** Updates done, from 1. */
  readonly step: number
  /** Mean over the logged updates of the loss per token. */
  readonly loss: number
  /** As used by the last of these updates. */
  readonly learningRate: number
  /** L2 norm of the gradient before clipping. */
  readonly gradNorm: number
  /** Tokens, without padding, per second. */
  readonly tokensPerSecond: number
  /** Time these updates took. */
  readonly seconds: number
  /** Passes over the data so far, as a fraction. */
  readonly epoch: number
}

/** One evaluation; names are the Trainer's. */
export interface EvaluationLogEntry {
  readonly step: number
  readonly epoch: number
  readonly evalLoss: number
  /** Part of the labels that the model holds for the likeliest token; where `metricForBestModel` asks for it. */
  readonly evalMeanTokenAccuracy?: number
  /** Seconds. */
  readonly evalRuntime: number
  readonly evalSamplesPerSecond: number
  readonly evalStepsPerSecond: number
}

/** Fewer entries than this say nothing about a trend. */
const fewestEntries = 8
/** A fall of the mean loss below this part of it counts as none. */
const smallestFall = 0.01

/**
 * What to try when the loss does not decrease: compares the means of the first and last quarter of the log.
 *
 * @returns undefined while the loss falls, or there are too few entries to tell
 */
export function diagnoseLoss(log: readonly TrainingLogEntry[]): string | undefined {
  if (log.length < fewestEntries) return undefined
  const quarter = Math.floor(log.length / 4)
  const mean = (entries: readonly TrainingLogEntry[], of: (entry: TrainingLogEntry) => number): number =>
    entries.reduce((sum, entry) => sum + of(entry), 0) / entries.length
  const first = mean(log.slice(0, quarter), (entry) => entry.loss)
  const last = mean(log.slice(-quarter), (entry) => entry.loss)
  if (last < first * (1 - smallestFall)) return undefined
  const gradNorm = mean(log, (entry) => entry.gradNorm)
  const peak = Math.max(...log.map((entry) => entry.learningRate))
  const cause =
    last > first * 1.05
      ? `It rises: lower learningRate (${peak}), for example to ${peak / 10}.`
      : `It stays: raise learningRate (${peak}, usual are 1e-4 to 5e-4 for LoRA) or maxSteps.`
  return (
    `The loss does not decrease: ${first.toFixed(4)} in the first quarter, ${last.toFixed(4)} in the last. ${cause}` +
    ` Mean gradient norm ${gradNorm.toPrecision(3)}. Check also the data: prompts in the expected format, answers not empty, labels not masked.`
  )
}
