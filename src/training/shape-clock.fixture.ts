import { formatDuration } from '../app/cli/progress-bar.js'

/** Says on standard error which row of a table is being measured, and how long the others will take. */
export class ShapeClock {
  private index = 0
  private readonly startedMs = performance.now()

  /** @param work of each row, in any unit */
  constructor(private readonly work: readonly number[]) {}

  announce(name: string): void {
    const done = sum(this.work.slice(0, this.index))
    const left = sum(this.work.slice(this.index))
    const elapsed = (performance.now() - this.startedMs) / 1000
    const eta = done === 0 ? '' : `, about ${formatDuration((elapsed * left) / done)} left`
    process.stderr.write(`[${this.index + 1}/${this.work.length}] ${name}${eta}\n`)
  }

  done(): void {
    this.index++
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
