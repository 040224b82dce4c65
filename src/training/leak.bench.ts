import { fileURLToPath } from 'node:url'
import { type Benchmark, type BenchmarkRow, runJson } from '../app/bench/benchmark.fixture.js'
import { measureCases } from '../app/bench/measure-cases.fixture.js'
import type { StartedForm } from '../tensors/started-dtypes.fixture.js'
import type { HeldAfter } from './leak-run.fixture.js'
import { formCells, longRunForms } from './long-run-forms.fixture.js'

const fixture = fileURLToPath(new URL('leak-run.fixture.ts', import.meta.url))

/** Young objects get from the start the room that the collector would give them somewhere between update 100 and 200. */
const settledHeap = ['--expose-gc', '--min-semi-space-size=16', '--max-semi-space-size=16']

/** Not a matter of speed: whether anything grows over a long run. */
export const benchmark: Benchmark = {
  name: 'leak',
  suite: 'cpu',
  description:
    'tensors, handles and memory over 500 updates of a small model, after 500 to warm up: float32, bfloat16, 4 bits',
  run({ quick }) {
    const updates = quick ? 100 : 1000
    const measure = async (form: StartedForm): Promise<BenchmarkRow> => {
      const args = [...settledHeap, '--import', 'tsx', fixture, JSON.stringify(form), `${updates}`]
      const held = await runJson<HeldAfter[]>(process.execPath, args)
      return {
        ...formCells(form),
        updates: held.at(-1)?.update ?? 0,
        tensors: held.map(({ tensors }) => tensors).join(' '),
        handles: held.map(({ bindingTensors }) => bindingTensors).join(' '),
        'rss MB': held.map(({ rssBytes }) => Math.round(rssBytes / 1e6)).join(' '),
        'rss drift %': driftPercent(held.map(({ rssBytes }) => rssBytes)),
        'outside the heap, drift %': driftPercent(
          held.map(({ rssBytes, heapBytes }) => rssBytes - heapBytes),
        ),
      }
    }
    const what = (form: StartedForm): string =>
      `${updates} updates, ${Object.values(formCells(form)).join(' ')}`
    return measureCases(longRunForms.map((form) => ({ what: what(form), measure: () => measure(form) })))
  },
}

/**
 * Growth over the second half: its largest look beside its first. In the first, graphs are recorded, functions compiled,
 * and the C library's allocator takes the room that it will work in, within some megabytes.
 */
function driftPercent(looks: readonly number[]): number {
  const [first = Number.NaN, ...others] = looks.slice(looks.length / 2 - 1)
  return Number((100 * (Math.max(...others) / first - 1)).toFixed(2))
}
