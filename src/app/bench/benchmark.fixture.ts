import { spawn } from 'node:child_process'
import path from 'node:path'

/** One row of a benchmark's table: what was run and the figures, with their units in the keys (`secondsPerStep`). */
export type BenchmarkRow = Readonly<Record<string, string | number>>

/**
 * A benchmark: a `*.bench.ts` file beside the code it measures, exporting one of these as `benchmark`.
 * The runner gives each a process of its own, so that peak memory is its own too, and a folder for temporary files.
 */
export interface Benchmark {
  /** What `--only` selects by, e.g. `lora-step`. */
  readonly name: string
  /** `cpu` runs anywhere; `gpu` needs a CUDA device. */
  readonly suite: 'cpu' | 'gpu'
  /** One line: what is measured, and beside what. */
  readonly description: string
  /** Long ones yield each row when it is measured (`measureCases`), and keep it whatever becomes of the others. */
  run(options: BenchmarkOptions): AsyncIterable<BenchmarkRow> | Promise<readonly BenchmarkRow[]>
}

export interface BenchmarkOptions {
  /** Interpreter with `data/reference/requirements.txt`, or undefined: then the peer's rows are left out. */
  readonly python: string | undefined
  /** Smaller sizes and fewer repetitions, to see that the benchmark runs. */
  readonly quick: boolean
  /** Everything after `--`, for benchmarks that take options. */
  readonly rest: readonly string[]
}

/**
 * Runs one side of a comparison in a process of its own and reads the JSON in its last line of output.
 *
 * @throws Error with the end of what the process wrote on standard error, or the signal that ended it
 */
export async function runJson<Result>(command: string, args: readonly string[]): Promise<Result> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-20_000)
  })
  const ended = await new Promise<number | string | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  if (typeof ended === 'string') {
    const why = ended === 'SIGKILL' ? ', as a system does that runs out of memory' : ''
    throw new Error(`ended by ${ended}${why}`)
  }
  if (ended !== 0) throw new Error(`${path.basename(command)} ended with ${ended}\n${stderr}`)
  return JSON.parse(stdout.trim().split('\n').pop() ?? '') as Result
}

/** An error in one line of a table's width: of a trace by Node or Python the line that names it. */
export function failureText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const named = lines.filter((line) => /^[\w.]*(Error|Exception)\b/.test(line))
  return (named.at(-1) ?? lines.at(-1) ?? 'unknown error').slice(0, 160)
}
