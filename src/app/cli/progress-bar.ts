/** Where the bar is drawn; `process.stderr` in practice. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** A running job's progress as the user sees it. */
export interface Progress {
  /** @param note short text behind the bar, e.g. `loss 2.13`. */
  update(done: number, note?: string): void
  /** Removes a terminal's bar; call it in `finally`. */
  finish(): void
}

export interface ProgressOptions {
  readonly label: string
  /** In the unit of `update`; 0 or less where it is not known. */
  readonly total: number
  /** `parts` of the work have no unit that says anything: they are not shown. */
  readonly unit?: 'items' | 'bytes' | 'parts'
  readonly stream: ProgressStream
  readonly nowMs?: () => number
}

const redrawEveryMs = 80
const logEveryMs = 2000
const barCells = 24
const eraseLine = '\r\u001b[2K'

/** `75 s` → `1:15`, `4000 s` → `1:06:40`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}

/**
 * A bar with rate and time left. On a terminal it redraws one line; elsewhere (CI, a log file) it writes a plain line
 * at a new tenth of the way, and not every moment, so that a log stays readable and a quick job silent.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { stream, total, label } = options
  const nowMs = options.nowMs ?? Date.now
  const startedAtMs = nowMs()
  let drawnAtMs = Number.NEGATIVE_INFINITY
  let [tenthsWritten, loggedAtMs] = [0, startedAtMs]
  const text = (done: number, note: string): string =>
    describeProgress({ ...options, done, note, seconds: (nowMs() - startedAtMs) / 1000 })
  return {
    update(done, note = ''): void {
      const atEnd = total > 0 && done >= total
      if (stream.isTTY) {
        if (!atEnd && nowMs() - drawnAtMs < redrawEveryMs) return
        drawnAtMs = nowMs()
        stream.write(eraseLine + text(done, note).slice(0, (stream.columns ?? 80) - 1))
      } else if (total > 0) {
        const tenths = Math.floor((10 * done) / total)
        if (tenths <= tenthsWritten || nowMs() - loggedAtMs < logEveryMs) return
        tenthsWritten = tenths
        loggedAtMs = nowMs()
        stream.write(`${label} ${Math.min(100, 10 * tenths)} %${note === '' ? '' : `  ${note}`}\n`)
      }
    },
    finish(): void {
      if (stream.isTTY && Number.isFinite(drawnAtMs)) stream.write(eraseLine)
    },
  }
}

function describeProgress(state: ProgressOptions & { done: number; note: string; seconds: number }): string {
  const { label, total, done, note, seconds, unit } = state
  const amount = unit === 'bytes' ? formatMegabytes : String
  const tail = note === '' ? '' : `  ${note}`
  if (total <= 0) return `${label}  ${amount(done)}  ${formatDuration(seconds)}${tail}`
  const part = Math.min(1, done / total)
  const filled = Math.round(part * barCells)
  const bar = '█'.repeat(filled) + '░'.repeat(barCells - filled)
  const left = done > 0 ? `  ETA ${formatDuration((seconds / done) * Math.max(0, total - done))}` : ''
  const counted = unit === 'parts' ? '' : `  ${amount(done)}/${amount(total)}`
  return `${label} ${bar} ${Math.floor(100 * part)} %${counted}${left}${tail}`
}

function formatMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
