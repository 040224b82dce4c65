import type { TrainingCallback } from './training-callback.js'

/** What the notebook kernel offers for showing a run (`kernels/tslab/training-monitor.cjs`). */
interface TrainingMonitor {
  begin(facts: { totalSteps: number }): {
    log(entry: object, step: number): void
    saved(directory: string): void
    end(step: number): void
  }
}

interface Host {
  readonly training?: TrainingMonitor
}

/**
 * Shows a run on the notebook app's training panel.
 *
 * @returns undefined outside a notebook kernel: there is nobody to show it to
 */
export function dashboardCallback(): TrainingCallback | undefined {
  const host = (globalThis as { [key: symbol]: unknown })[Symbol.for('medtune.kernel')] as Host | undefined
  const monitor = host?.training
  if (monitor === undefined) return undefined
  let job: ReturnType<TrainingMonitor['begin']> | undefined
  return {
    onTrainBegin: ({ totalSteps }) => {
      job = monitor.begin({ totalSteps })
    },
    onLog: (entry, { step }) => job?.log(entry, step),
    onSave: (directory) => job?.saved(directory),
    onTrainEnd: ({ step }) => job?.end(step),
  }
}
