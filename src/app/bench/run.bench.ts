// `npm run bench -- [--suite cpu|gpu] [--only NAME] [--quick] [--json FILE]`: runs the benchmarks beside the code,
// each in a process of its own, and prints a table with the machine and, where Python is at hand, the peer's figures.
import { readdirSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomically } from '../../atomic-file.js'
import { oraclePython, repositoryRoot } from '../../test-data.fixture.js'
import type { Benchmark, BenchmarkRow } from './benchmark.fixture.js'
import { loadBenchmark, runBenchmarkProcess } from './benchmark-process.fixture.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: 'string', default: 'cpu' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

if (values.help) {
  console.log(`Usage: npm run bench -- [--suite cpu|gpu] [--only NAME] [--quick] [--json FILE] [-- OPTION …]

Prints a table for each benchmark, and all figures as JSON at the end or, each row when it is measured, into FILE.
Ctrl-C ends it; what is measured by then is kept.

  npm run bench                                   everything that runs on this machine's processors
  npm run bench -- --suite gpu                    what is for a graphics card; without one, its part that runs here
  npm run bench -- --only lora-step               one benchmark
  npm run bench -- --only large-model -- 8B       with an option of the benchmark
  MEDTUNE_PYTHON=…/bin/python npm run bench       beside the Python peers (data/reference/requirements.txt)`)
} else {
  await runAll()
}

interface Report {
  readonly machine: string
  /** Whether all benchmarks ran to their end. */
  complete: boolean
  readonly results: Record<string, BenchmarkRow[]>
}

async function runAll(): Promise<void> {
  const report: Report = { machine: describeMachine(), complete: false, results: {} }
  const stop = stopOnSignals()
  const peers = oraclePython === undefined ? 'No Python peer (set MEDTUNE_PYTHON).' : 'With the Python peers.'
  console.log(`${report.machine}\n${peers}`)
  const chosen = await chooseBenchmarks()
  let saved = save(report)
  await saved
  for (const [i, { file, benchmark }] of chosen.entries()) {
    if (stop.signal.aborted) break
    console.log(`\n[${i + 1}/${chosen.length}] ${benchmark.name}: ${benchmark.description}`)
    const rows: BenchmarkRow[] = []
    report.results[benchmark.name] = rows
    await runBenchmarkProcess({
      file,
      options: { python: oraclePython, quick: values.quick, rest: positionals },
      signal: stop.signal,
      onRow(row) {
        rows.push(row)
        saved = saved.then(() => save(report))
      },
    })
    console.table(rows)
  }
  report.complete = !stop.signal.aborted
  await saved
  await save(report)
  if (values.json === undefined) console.log(`\n${JSON.stringify(report)}`)
  if (stop.signal.aborted) {
    console.error(`Stopped by ${stop.signal.reason}; the rows above are what was measured.`)
    process.exitCode = 130
  }
}

/** npm and tsx pass on what a terminal has sent to each of them anyway: those arrive together. */
const repeatedMs = 1000

/** Ctrl-C ends what runs and reports what is measured; another one, later, ends this process at once. */
function stopOnSignals(): AbortController {
  const stop = new AbortController()
  let stoppedAtMs = 0
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted && performance.now() - stoppedAtMs > repeatedMs) process.exit(130)
      if (stop.signal.aborted) return
      stoppedAtMs = performance.now()
      stop.abort(name)
    })
  }
  return stop
}

async function save(report: Report): Promise<void> {
  if (values.json !== undefined)
    await writeFileAtomically(values.json, `${JSON.stringify(report, null, 2)}\n`)
}

function describeMachine(): string {
  return `${cpus()[0]?.model ?? 'unknown processor'} × ${cpus().length}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, Node ${process.versions.node}`
}

async function chooseBenchmarks(): Promise<{ file: string; benchmark: Benchmark }[]> {
  const sources = path.join(repositoryRoot, 'src')
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.bench.ts') && !file.endsWith('run.bench.ts'))
    .sort()
  const chosen: { file: string; benchmark: Benchmark }[] = []
  for (const name of files) {
    const file = path.join(sources, name)
    const benchmark = await loadBenchmark(file)
    if (benchmark === undefined || benchmark.suite !== values.suite) continue
    if (values.only === undefined || benchmark.name === values.only) chosen.push({ file, benchmark })
  }
  if (chosen.length === 0)
    throw new Error(`no benchmark of the ${values.suite} suite is called ${values.only}`)
  return chosen
}
