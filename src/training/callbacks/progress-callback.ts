import type { TrainingLogEntry } from '../training-log.js'
import type { TrainingCallback } from './training-callback.js'

/** Something that draws a bar; the command line's fits. */
export interface ProgressBar {
  update(done: number, note?: string): void
  finish(): void
}

/**
 * Shows a run on a progress bar: updates done of all, and the last log entry.
 *
 * @param open makes the bar, once the number of updates is known
 */
export function progressCallback(open: (totalSteps: number) => ProgressBar): TrainingCallback {
  let bar: ProgressBar | undefined
  let note = ''
  return {
    onTrainBegin: ({ totalSteps }) => {
      bar = open(totalSteps)
    },
    onLog: (entry) => {
      note = describeLogEntry(entry)
    },
    onStepEnd: ({ step }) => bar?.update(step, note),
    onTrainEnd: () => bar?.finish(),
  }
}

/** `loss 2.1312  lr 2.0e-4  grad 0.53  812 tok/s` */
export function describeLogEntry({
  loss,
  learningRate,
  gradNorm,
  tokensPerSecond,
}: TrainingLogEntry): string {
  const rate = Math.round(tokensPerSecond)
  return `loss ${loss.toFixed(4)}  lr ${learningRate.toExponential(1)}  grad ${gradNorm.toFixed(2)}  ${rate} tok/s`
}
