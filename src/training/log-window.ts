import type { TrainingState } from './callbacks/training-callback.js'
import type { TrainingLogEntry } from './training-log.js'
import type { UpdateResult } from './training-run.js'

export interface LogWindowState {
  readonly updates: readonly UpdateResult[]
  readonly lossSum: number
  readonly count: number
  readonly seconds: number
  /** Trained on so far, padding not counted. */
  readonly tokens: number
}

/** Sums up the updates between two log entries, and the whole run. */
export class LogWindow {
  private startedAt = performance.now()
  private openedAt = this.startedAt
  private updates: UpdateResult[] = []
  private lossSum = 0
  private count = 0
  private tokens = 0

  add(update: UpdateResult): void {
    this.updates.push(update)
    this.lossSum += update.loss
    this.count++
    this.tokens += update.tokens
  }

  /** The entry for the updates since the last one; at least one must have been added. */
  close({ step, epoch }: TrainingState): TrainingLogEntry {
    const now = performance.now()
    const seconds = (now - this.openedAt) / 1000
    const tokens = this.updates.reduce((sum, update) => sum + update.tokens, 0)
    const last = this.updates.at(-1)
    const loss = this.updates.reduce((sum, update) => sum + update.loss, 0) / this.updates.length
    this.updates = []
    this.openedAt = now
    return {
      step,
      loss,
      learningRate: last?.learningRate ?? 0,
      gradNorm: last?.gradNorm ?? 0,
      tokensPerSecond: tokens / seconds,
      seconds,
      epoch,
    }
  }

  /** What a checkpoint needs to go on in the middle of a window. */
  state(): LogWindowState {
    const { updates, lossSum, count, tokens } = this
    return { updates: [...updates], lossSum, count, tokens, seconds: this.totals().seconds }
  }

  restore({ updates, lossSum, count, seconds, tokens }: LogWindowState): void {
    this.updates = [...updates]
    this.lossSum = lossSum
    this.count = count
    this.tokens = tokens
    this.startedAt = performance.now() - seconds * 1000
  }

  totals(): { trainLoss: number; seconds: number } {
    return {
      trainLoss: this.count === 0 ? 0 : this.lossSum / this.count,
      seconds: (performance.now() - this.startedAt) / 1000,
    }
  }
}
