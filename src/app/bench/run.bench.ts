// `npm run bench -- [--suite cpu|gpu] [--only NAME] [--quick] [--json FILE]`: runs the benchmarks beside the code,
// each in a process of its own, and prints a table with the machine and, where Python is at hand, the peer's figures.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { oraclePython, repositoryRoot } from '../../test-data.fixture.js'
import type { Benchmark, BenchmarkRow } from './benchmark.fixture.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: 'string', default: 'cpu' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    file: { type: 'string' },
    result: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})

if (values.help) {
  console.log(`Usage: npm run bench -- [--suite cpu|gpu] [--only NAME] [--quick] [--json FILE]

Prints a table for each benchmark, and all figures as JSON at the end or, as they come, into FILE.

  npm run bench                                   everything that runs on this machine's processors
  npm run bench -- --suite gpu                    what is for a graphics card; without one, its part that runs here
  npm run bench -- --only lora-step               one benchmark
  MEDTUNE_PYTHON=…/bin/python npm run bench       beside the Python peers (data/reference/requirements.txt)`)
} else if (values.file !== undefined) {
  await runInThisProcess(values.file, values.result ?? '')
} else {
  await runAll()
}

async function loadBenchmark(file: string): Promise<Benchmark | undefined> {
  const loaded = (await import(pathToFileURL(file).href)) as { benchmark?: Benchmark }
  return loaded.benchmark
}

async function runInThisProcess(file: string, resultFile: string): Promise<void> {
  const benchmark = await loadBenchmark(file)
  if (benchmark === undefined) throw new Error(`${file} exports no benchmark`)
  const rows = await benchmark.run({ python: oraclePython, quick: values.quick, rest: positionals })
  writeFileSync(resultFile, JSON.stringify(rows))
}

async function runAll(): Promise<void> {
  const sources = path.join(repositoryRoot, 'src')
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.bench.ts') && !file.endsWith('run.bench.ts'))
    .map((file) => path.join(sources, file))
  const machine = `${cpus()[0]?.model ?? 'unknown processor'} × ${cpus().length}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, Node ${process.versions.node}`
  console.log(
    `${machine}\n${oraclePython === undefined ? 'No Python peer (set MEDTUNE_PYTHON).' : 'With the Python peers.'}`,
  )
  const chosen = await chooseBenchmarks(files.sort())
  const results: Record<string, readonly BenchmarkRow[]> = {}
  for (const [i, { file, benchmark }] of chosen.entries()) {
    console.log(`\n[${i + 1}/${chosen.length}] ${benchmark.name}: ${benchmark.description}`)
    const rows = runInChild(file)
    console.table(rows)
    results[benchmark.name] = rows
    // After each, so that what is measured outlives a run that is stopped.
    if (values.json !== undefined)
      writeFileSync(values.json, `${JSON.stringify({ machine, results }, null, 2)}\n`)
  }
  if (values.json === undefined) console.log(`\n${JSON.stringify({ machine, results })}`)
}

async function chooseBenchmarks(files: readonly string[]): Promise<{ file: string; benchmark: Benchmark }[]> {
  const chosen: { file: string; benchmark: Benchmark }[] = []
  for (const file of files) {
    const benchmark = await loadBenchmark(file)
    if (benchmark === undefined || benchmark.suite !== values.suite) continue
    if (values.only === undefined || benchmark.name === values.only) chosen.push({ file, benchmark })
  }
  if (chosen.length === 0)
    throw new Error(`no benchmark of the ${values.suite} suite is called ${values.only}`)
  return chosen
}

function runInChild(file: string): readonly BenchmarkRow[] {
  const resultFile = path.join(tmpdir(), `medtune-bench-${process.pid}.json`)
  const self = path.join(repositoryRoot, 'src/app/bench/run.bench.ts')
  const args = [
    '--import',
    'tsx',
    self,
    '--file',
    file,
    '--result',
    resultFile,
    ...(values.quick ? ['--quick'] : []),
    '--',
    ...positionals,
  ]
  const child = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: repositoryRoot,
  })
  if (child.status !== 0) return [{ failed: `exit ${child.status ?? child.signal}` }]
  return JSON.parse(readFileSync(resultFile, 'utf8')) as BenchmarkRow[]
}
