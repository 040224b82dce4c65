import type { Benchmark } from '../app/bench/benchmark.fixture.js'
import { measureShapes, type ShapeCase } from './training-shapes.fixture.js'

const plain = { batch: 2, length: 512, checkpointing: false } as const
const quickCases: readonly ShapeCase[] = (['float32', 'bfloat16', 'nf4'] as const).map((held) => ({
  ...{ shape: '135M', held, batch: 1, length: 64, checkpointing: false },
}))
const cases: readonly ShapeCase[] = [
  ...(['float32', 'bfloat16', 'nf4'] as const).map((held) => ({ shape: '135M' as const, held, ...plain })),
  { shape: '135M', held: 'bfloat16', batch: 1, length: 2048, checkpointing: true },
  { shape: '1B', held: 'bfloat16', batch: 1, length: 512, checkpointing: true },
  { shape: '1B', held: 'nf4', batch: 1, length: 512, checkpointing: true },
]

export const benchmark: Benchmark = {
  name: 'training-shapes',
  suite: 'cpu',
  description:
    'LoRA steps and generation of random 135M and 1B checkpoints on native, float32, bfloat16 and NF4, with their share of the rate of a product, beside peft + torch (8B: large-model)',
  run: ({ python, quick }) => measureShapes(quick ? quickCases : cases, 'native', python),
}
