import { createProgress, formatDuration, type Progress, type ProgressStream } from '../cli/progress-bar.js'

export interface TimedCase {
  /** A few words: what is measured. */
  readonly what: string
  /** How long it takes beside the others, in any unit; as long as each other where it is not given. */
  readonly work?: number
}

const redrawEveryMs = 1000

/** Shows which case runs and how long the others will take: a bar on a terminal, else a line for each case. */
export class CaseClock {
  private readonly work: readonly number[]
  private readonly total: number
  private readonly progress: Progress
  private readonly startedMs: number
  private readonly timer: NodeJS.Timeout | undefined
  private caseStartedMs: number
  private index = -1

  constructor(
    private readonly cases: readonly TimedCase[],
    private readonly stream: ProgressStream,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.work = cases.map(({ work = 1 }) => work)
    this.total = sum(this.work)
    this.progress = createProgress({ label: 'measured', total: this.total, unit: 'parts', stream, nowMs })
    this.startedMs = nowMs()
    this.caseStartedMs = this.startedMs
    if (stream.isTTY) this.timer = setInterval(() => this.draw(), redrawEveryMs).unref()
  }

  /** The case before, if any, is done; the next one starts. */
  next(): void {
    this.index++
    this.caseStartedMs = this.nowMs()
    if (this.stream.isTTY) this.draw()
    else this.stream.write(`[${this.index + 1}/${this.cases.length}] ${this.name}${this.timeLeft()}\n`)
  }

  stop(): void {
    clearInterval(this.timer)
    this.progress.finish()
  }

  private get name(): string {
    return this.cases[this.index]?.what ?? ''
  }

  private get workDone(): number {
    return sum(this.work.slice(0, this.index))
  }

  private timeLeft(): string {
    const done = this.workDone
    if (done === 0) return ''
    const seconds = (this.caseStartedMs - this.startedMs) / 1000
    return `, about ${formatDuration((seconds * (this.total - done)) / done)} left`
  }

  /** The running case counts for as much as the ones before did in its time, and never as done. */
  private draw(): void {
    const done = this.workDone
    const perMs = done / Math.max(1, this.caseStartedMs - this.startedMs)
    const ofThis = Math.min(0.95 * (this.work[this.index] ?? 0), perMs * (this.nowMs() - this.caseStartedMs))
    this.progress.update(done + ofThis, `${this.index + 1}/${this.cases.length} ${this.name}`)
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
