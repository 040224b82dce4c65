import type { Benchmark } from '../app/bench/benchmark.fixture.js'
import { useBackend } from '../tensors/backend.js'
import { measureShapes, type ShapeCase } from './training-shapes.fixture.js'

const held = ['bfloat16', 'nf4'] as const
const cases: readonly ShapeCase[] = [
  { shape: '135M', held: 'float32', batch: 2, length: 512, checkpointing: false },
  ...(['135M', '1B', '8B'] as const).flatMap((shape) =>
    held.flatMap((each) =>
      [512, 2048].map((length) => ({ shape, held: each, batch: 2, length, checkpointing: shape === '8B' })),
    ),
  ),
]

export const benchmark: Benchmark = {
  name: 'training-shapes-gpu',
  suite: 'gpu',
  description:
    'LoRA and QLoRA steps and generation of random 135M, 1B and 8B checkpoints on a card, 2 × 512 and 2 × 2048, beside peft + torch on the same card',
  async *run({ python, quick }) {
    try {
      await useBackend('cuda')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      yield { leftOut: `everything that needs a card: ${reason}` }
      return
    }
    yield* measureShapes(quick ? cases.slice(0, 3) : cases, 'cuda', python)
  },
}
