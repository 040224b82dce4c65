import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Benchmark, type BenchmarkOptions, type BenchmarkRow, failureText } from './benchmark.fixture.js'

const script = fileURLToPath(new URL('benchmark-child.fixture.ts', import.meta.url))

/** What a benchmark has to end after Ctrl-C before it is killed with all it started: browsers and kernels close. */
const graceMs = 4000

export interface BenchmarkProcess {
  readonly file: string
  readonly options: BenchmarkOptions
  /** Called with each row when it is measured. */
  readonly onRow: (row: BenchmarkRow) => void
  /** Ends the benchmark and whatever it started. */
  readonly signal: AbortSignal
}

/** The `benchmark` that a file exports, or undefined where it exports none. */
export async function loadBenchmark(file: string): Promise<Benchmark | undefined> {
  const loaded = (await import(pathToFileURL(file).href)) as { benchmark?: Benchmark }
  return loaded.benchmark
}

/**
 * Runs a benchmark in a process of its own, whose temporary files lie in one folder. When it is over, however it ended, the
 * folder is gone and so are the processes it started. A benchmark that dies leaves its rows, and one that says how it died.
 */
export async function runBenchmarkProcess({ file, options, onRow, signal }: BenchmarkProcess): Promise<void> {
  if (signal.aborted) return
  const folder = mkdtempSync(path.join(tmpdir(), 'medtune-benchmark-'))
  const child = spawn(process.execPath, ['--import', 'tsx', script, file, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, TMPDIR: folder, TMP: folder, TEMP: folder },
    // A process group, so that a Ctrl-C reaches it once and its own children end with it.
    detached: process.platform !== 'win32',
  })
  child.on('message', (row) => onRow(row as BenchmarkRow))
  const end = (): void => {
    signalGroup(child, 'SIGINT')
    setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs).unref()
  }
  signal.addEventListener('abort', end)
  try {
    const ended = await new Promise<number | string | null>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, name) => resolve(code ?? name))
    })
    if (ended !== 0 && !signal.aborted) onRow({ failed: failureText(`the benchmark ended with ${ended}`) })
  } finally {
    signal.removeEventListener('abort', end)
    signalGroup(child, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** Nobody may be left in the group; then there is nothing to do. */
function signalGroup(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(name)
    else process.kill(-child.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
