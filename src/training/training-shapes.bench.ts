import type { Benchmark, BenchmarkRow } from '../app/bench/benchmark.fixture.js'
import { measureShapes, type ShapeCase } from './training-shapes.fixture.js'

const forms = ['float32', 'bfloat16', 'nf4'] as const
const quickCases: readonly ShapeCase[] = forms.map((held) => ({
  ...{ shape: '135M', held, batch: 1, length: 64, checkpointing: false },
}))
const cases: readonly ShapeCase[] = [
  ...forms.map((held) => ({ shape: '135M' as const, held, batch: 2, length: 512, checkpointing: false })),
  ...forms.map((held) => ({ shape: '135M' as const, held, batch: 1, length: 2048, checkpointing: true })),
  ...forms.map((held) => ({ shape: '1B' as const, held, batch: 1, length: 512, checkpointing: true })),
]
const longest = forms.map((held) => ({
  shape: '1B' as const,
  held,
  batch: 1,
  length: 2048,
  checkpointing: true,
}))

/** What the table is not of, for whoever reads it alone. */
const leftOut: readonly BenchmarkRow[] = [
  { what: '1B, 1 × 2048', leftOut: 'a quarter of an hour a row on two cores; `-- 1B-2048` adds it' },
  {
    what: '8B',
    leftOut: 'memory and time of two steps: `--only large-model -- 8B`; on a card: `--suite gpu`',
  },
]

export const benchmark: Benchmark = {
  name: 'training-shapes',
  suite: 'cpu',
  description:
    'LoRA steps and generation of random 135M and 1B checkpoints on native, float32, bfloat16 and NF4, with their share of the rate of a product, beside peft + torch (8B: large-model)',
  async *run({ python, quick, rest }) {
    const withLongest = rest.includes('1B-2048')
    const measured = quick ? quickCases : withLongest ? [...cases, ...longest] : cases
    yield* measureShapes(measured, 'native', python)
    if (!quick) yield* withLongest ? leftOut.slice(1) : leftOut
  },
}
