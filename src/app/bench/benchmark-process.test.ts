import { existsSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { BenchmarkRow } from './benchmark.fixture.js'
import { runBenchmarkProcess } from './benchmark-process.fixture.js'

const file = fileURLToPath(new URL('sample-benchmark.fixture.ts', import.meta.url))

async function run(ending: string): Promise<BenchmarkRow[]> {
  const rows: BenchmarkRow[] = []
  const stop = new AbortController()
  await runBenchmarkProcess({
    file,
    options: { python: undefined, quick: true, rest: [ending] },
    signal: stop.signal,
    onRow(row) {
      rows.push(row)
      if (ending === 'hang' && rows.length === 3) stop.abort()
    },
  })
  return rows
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function expectNothingLeft([first]: readonly BenchmarkRow[]): Promise<void> {
  expect(existsSync(path.dirname(String(first?.folder)))).toBe(false)
  // A killed process is there until whoever inherited it has taken note.
  for (let i = 0; i < 100 && isAlive(Number(first?.sleeper)); i++) await delay(50)
  expect(isAlive(Number(first?.sleeper))).toBe(false)
}

const measured = [
  expect.objectContaining({ what: 'first' }),
  { what: 'second', failed: 'TypeError: no such thing' },
  { what: 'third', failed: 'ended by SIGKILL, as a system does that runs out of memory' },
]

test.each([
  ['end', [{ what: 'fourth' }, { what: 'fifth' }]],
  ['hang', []],
  ['die', [{ failed: 'the benchmark ended with SIGKILL' }]],
])('a benchmark with the ending %s keeps its rows and leaves nothing behind', async (ending, last) => {
  const rows = await run(ending)
  expect(rows).toEqual([...measured, ...last])
  await expectNothingLeft(rows)
})
