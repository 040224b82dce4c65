import type { Benchmark, BenchmarkRow } from '../app/bench/benchmark.fixture.js'
import type { BackendName } from '../tensors/backend.js'
import { killAndResume } from './kill-resume.fixture.js'

/** Not a matter of speed: 20 runs of 60 steps are killed at random moments, on each backend. */
export const benchmark: Benchmark = {
  name: 'kill-resume',
  suite: 'cpu',
  description: 'kill -9 at random moments of a 60-step run; every resumed run beside the uninterrupted one',
  async run({ quick }) {
    const rows: BenchmarkRow[] = []
    for (const backend of ['native', 'wasm'] satisfies BackendName[]) {
      const outcomes = await killAndResume(backend, quick ? 3 : 20)
      rows.push({
        backend,
        kills: outcomes.length,
        'killed after step': outcomes.map((outcome) => outcome.killedAfterStep).join(' '),
        'resumed from': outcomes.map((outcome) => outcome.resumedFromStep).join(' '),
        'same losses': outcomes.filter((outcome) => outcome.sameLosses).length,
        'same adapter': outcomes.filter((outcome) => outcome.sameAdapter).length,
      })
    }
    return rows
  },
}
