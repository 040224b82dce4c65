import { fileURLToPath } from 'node:url'
import { type Benchmark, runJson } from '../app/bench/benchmark.fixture.js'
import type { HeldAfter } from './leak-run.fixture.js'
import { formCells, longRunForms } from './long-run-forms.fixture.js'

const fixture = fileURLToPath(new URL('leak-run.fixture.ts', import.meta.url))

/** Not a matter of speed: whether anything grows over a long run. */
export const benchmark: Benchmark = {
  name: 'leak',
  suite: 'cpu',
  description:
    'tensors, handles and memory over 500 updates of a small model: float32, bfloat16, 4 bits with 8-bit moments',
  async run({ quick }) {
    return longRunForms.map((form) => {
      const args = ['--expose-gc', '--import', 'tsx', fixture, JSON.stringify(form), quick ? '100' : '500']
      const held = runJson<HeldAfter[]>(process.execPath, args)
      // The first two fifths warm up: graphs are recorded, functions compiled, the heap takes its size.
      const [first, ...others] = held.slice(3)
      const drift = ({ rssBytes }: HeldAfter): number => rssBytes / (first?.rssBytes ?? rssBytes) - 1
      return {
        ...formCells(form),
        updates: held.at(-1)?.update ?? 0,
        tensors: held.map(({ tensors }) => tensors).join(' '),
        handles: held.map(({ bindingTensors }) => bindingTensors).join(' '),
        'rss MB': held.map(({ rssBytes }) => Math.round(rssBytes / 1e6)).join(' '),
        'last drift %': Number((100 * drift(others.at(-1) ?? (first as HeldAfter))).toFixed(2)),
      }
    })
  },
}
