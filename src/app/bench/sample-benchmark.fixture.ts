import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Benchmark, runJson } from './benchmark.fixture.js'
import { measureCases } from './measure-cases.fixture.js'

/** For the tests of the runner: leaves files and a process behind; with `hang` it never ends, with `die` not by itself. */
export const benchmark: Benchmark = {
  name: 'sample',
  suite: 'cpu',
  description: 'nothing',
  run({ rest: [ending] }) {
    const folder = mkdtempSync(path.join(tmpdir(), 'sample-'))
    const sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    sleeper.unref()
    const fail = 'throw new TypeError("no such thing")'
    return measureCases([
      { what: 'first', measure: async () => ({ what: 'first', folder, sleeper: sleeper.pid ?? 0 }) },
      { what: 'second', measure: () => runJson(process.execPath, ['-e', fail]) },
      { what: 'third', measure: () => runJson(process.execPath, ['-e', 'process.kill(process.pid, 9)']) },
      {
        what: 'fourth',
        async measure() {
          if (ending === 'die') process.kill(process.pid, 'SIGKILL')
          if (ending === 'hang') await runJson(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
          return [{ what: 'fourth' }, { what: 'fifth' }]
        },
      },
    ])
  },
}
