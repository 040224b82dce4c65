import { spawnSync } from 'node:child_process'

/** One row of a benchmark's table: what was run and the figures, with their units in the keys (`secondsPerStep`). */
export type BenchmarkRow = Readonly<Record<string, string | number>>

/**
 * A benchmark: a `*.bench.ts` file beside the code it measures, exporting one of these as `benchmark`.
 * The runner gives each a process of its own, so that peak memory is its own too.
 */
export interface Benchmark {
  /** What `--only` selects by, e.g. `lora-step`. */
  readonly name: string
  /** `cpu` runs anywhere; `gpu` needs a CUDA device. */
  readonly suite: 'cpu' | 'gpu'
  /** One line: what is measured, and beside what. */
  readonly description: string
  run(options: BenchmarkOptions): Promise<readonly BenchmarkRow[]>
}

export interface BenchmarkOptions {
  /** Interpreter with `data/reference/requirements.txt`, or undefined: then the peer's rows are left out. */
  readonly python: string | undefined
  /** Smaller sizes and fewer repetitions, to see that the benchmark runs. */
  readonly quick: boolean
  /** Everything after `--`, for benchmarks that take options. */
  readonly rest: readonly string[]
}

/** Runs one side of a comparison in a process of its own and reads the JSON in its last line of output. */
export function runJson<Result>(command: string, args: readonly string[]): Result {
  const child = spawnSync(command, args, { encoding: 'utf8' })
  if (child.status !== 0)
    throw new Error(`${args.join(' ').slice(0, 200)} failed: ${child.stderr.slice(-1500)}`)
  return JSON.parse(child.stdout.trim().split('\n').pop() ?? '') as Result
}
