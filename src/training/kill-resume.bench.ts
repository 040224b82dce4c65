import type { Benchmark, BenchmarkRow } from '../app/bench/benchmark.fixture.js'
import { measureCases } from '../app/bench/measure-cases.fixture.js'
import type { StartedForm } from '../tensors/started-dtypes.fixture.js'
import { killAndResume } from './kill-resume.fixture.js'
import { formCells, longRunForms } from './long-run-forms.fixture.js'

/** Not a matter of speed: 20 runs of 60 steps are killed at random moments, in each form. */
export const benchmark: Benchmark = {
  name: 'kill-resume',
  suite: 'cpu',
  description: 'kill -9 at random moments of a 60-step run; every resumed run beside the uninterrupted one',
  run({ quick }) {
    const kills = quick ? 3 : 20
    const measure = async (form: StartedForm): Promise<BenchmarkRow> => {
      const outcomes = await killAndResume(form, kills)
      return {
        ...formCells(form),
        kills: outcomes.length,
        'killed after step': outcomes.map((outcome) => outcome.killedAfterStep).join(' '),
        'resumed from': outcomes.map((outcome) => outcome.resumedFromStep).join(' '),
        'same losses': outcomes.filter((outcome) => outcome.sameLosses).length,
        'same adapter': outcomes.filter((outcome) => outcome.sameAdapter).length,
      }
    }
    const what = (form: StartedForm): string => `${kills} kills, ${Object.values(formCells(form)).join(' ')}`
    return measureCases(longRunForms.map((form) => ({ what: what(form), measure: () => measure(form) })))
  },
}
