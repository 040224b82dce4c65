// The process of one benchmark: sends its rows to the runner when they are measured.
//   tsx benchmark-child.fixture.ts FILE OPTIONS_JSON
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type BenchmarkOptions, type BenchmarkRow, failureText } from './benchmark.fixture.js'
import { loadBenchmark } from './benchmark-process.fixture.js'

const [file = '', json = '{}'] = process.argv.slice(2)

/** The runner is gone without a word: nobody else ends what was started here, and removes the folder that it made. */
function endAll(): void {
  try {
    rmSync(tmpdir(), { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  } finally {
    process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL')
  }
}

function send(row: BenchmarkRow): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(row, (error: Error | null) => (error === null ? resolve() : reject(error)))
  })
}

process.once('disconnect', endAll)
try {
  const benchmark = await loadBenchmark(file)
  if (benchmark === undefined) throw new Error(`${file} exports no benchmark`)
  const rows = benchmark.run(JSON.parse(json) as BenchmarkOptions)
  for await (const row of 'then' in rows ? await rows : rows) await send(row)
} catch (error) {
  console.error(error)
  await send({ failed: failureText(error) })
}
process.off('disconnect', endAll)
process.disconnect?.()
