import type { Benchmark, BenchmarkRow } from '../app/bench/benchmark.fixture.js'
import { measureCases } from '../app/bench/measure-cases.fixture.js'
import { type BackendName, type StartedBackend, useBackend } from './backend.js'
import { backends } from './backends/index.js'
import type { Ops, Tensor } from './ops.js'
import { Random } from './random.js'

interface Measured {
  readonly operation: string
  /** Floating operations, or elements of the result. */
  readonly work: number
  readonly unit: 'GFLOP/s' | 'Gelements/s'
  run(): Tensor | readonly Tensor[]
}

/** Products of a LoRA step (1,024 tokens, hidden 576, feed-forward 1,536) and the operations around them. */
export const benchmark: Benchmark = {
  name: 'ops',
  suite: 'cpu',
  description:
    'tensor operations on every backend that starts: products in GFLOP/s, the others in Gelements/s',
  run({ quick }) {
    return measureCases(
      backends.map(({ name }) => ({
        what: name,
        async measure() {
          const started = await useBackend(name).catch(() => undefined)
          return started === undefined
            ? { backend: name, leftOut: 'does not start here' }
            : measureBackend(name, started, quick)
        },
      })),
    )
  },
}

async function measureBackend(
  name: BackendName,
  started: StartedBackend,
  quick: boolean,
): Promise<BenchmarkRow[]> {
  const { ops, threads } = started
  const tokens = quick ? 64 : 1024
  const rows: BenchmarkRow[] = []
  for (const { operation, work, unit, run } of [...products(ops, tokens), ...others(ops, tokens)]) {
    const seconds = await bestSeconds(ops, run, quick ? 1 : 7)
    rows.push({ backend: name, threads, operation, rate: Number((work / seconds / 1e9).toFixed(2)), unit })
  }
  return rows
}

/** Best of some runs: the machine's other load only ever adds. Reading one number waits for what runs asynchronously. */
async function bestSeconds(ops: Ops, run: Measured['run'], repetitions: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const start = performance.now()
    const result = ops.scope(run)
    const [last] = [result].flat().slice(-1)
    const probe = ops.scope(() => ops.slice(ops.reshape(last as Tensor, [-1]), [0], [1]))
    await ops.read(probe)
    if (repetition > 0) best = Math.min(best, (performance.now() - start) / 1000)
    ops.free(probe, ...[result].flat())
  }
  return best
}

function products(ops: Ops, tokens: number): Measured[] {
  const [hidden, wide, rank] = [576, 1536, 16]
  const make = maker(ops)
  const [x, dy, weight, a] = [
    make(tokens, hidden),
    make(tokens, wide),
    make(wide, hidden),
    make(rank, hidden),
  ] as const
  const query = make(3, 3, 2, tokens / 2, 64)
  const key = make(3, 1, 2, tokens / 2, 64)
  const dense = 2 * tokens * hidden * wide
  const one = make(1, hidden)
  const gflops = (operation: string, work: number, run: () => Tensor): Measured => ({
    operation,
    work,
    unit: 'GFLOP/s',
    run,
  })
  return [
    gflops('x·Wᵀ (NT)', dense, () => ops.matmul(x, weight, { transposeB: true })),
    gflops('dy·W (NN)', dense, () => ops.matmul(dy, weight)),
    gflops('dyᵀ·x (TN)', dense, () => ops.matmul(dy, x, { transposeA: true })),
    gflops('x·Aᵀ, rank 16', 2 * tokens * hidden * rank, () => ops.matmul(x, a, { transposeB: true })),
    gflops('attention q·kᵀ', 2 * 18 * (tokens / 2) ** 2 * 64, () =>
      ops.matmul(query, key, { transposeB: true }),
    ),
    gflops('one row·Wᵀ', 2 * hidden * wide, () => ops.matmul(one, weight, { transposeB: true })),
  ]
}

function others(ops: Ops, tokens: number): Measured[] {
  const make = maker(ops)
  const width = 1536
  const [x, y, row] = [make(tokens, width), make(tokens, width), make(width)] as const
  const scores = make(18, tokens / 2, tokens / 2)
  const mask = ops.keep(ops.full([tokens / 2, tokens / 2], 0))
  const heads = make(9, 2, tokens / 2, 64)
  const table = ops.rotaryTable(new Float32Array((tokens / 2) * 32).fill(1), [tokens / 2, 32])
  for (const tensor of table.tensors) ops.keep(tensor)
  const rates: [string, Tensor, () => Tensor | readonly Tensor[]][] = [
    ['add', x, () => ops.add(x, y)],
    ['mul by a row', x, () => ops.mul(x, row)],
    ['scale', x, () => ops.scale(x, 2)],
    ['exp', x, () => ops.exp(x)],
    ['sigmoid', x, () => ops.sigmoid(x)],
    ['sigmoidGrad', x, () => ops.sigmoidGrad(x, y)],
    ['sum of rows', x, () => ops.sum(x, [-1])],
    ['euclideanNorm', x, () => ops.euclideanNorm(x)],
    ['maskedSoftmax', scores, () => ops.maskedSoftmax(scores, mask)],
    ['rotary', heads, () => ops.rotary(heads, table)],
    ['heads last to first', heads, () => ops.transpose(heads, [1, 2, 0, 3])],
    ['slice', x, () => ops.slice(x, [0, width / 4], [tokens, width / 2])],
  ]
  return rates.map(([operation, { shape }, run]) => ({
    operation,
    work: shape.reduce((count, size) => count * size, 1),
    unit: 'Gelements/s',
    run,
  }))
}

function maker(ops: Ops): (...shape: readonly number[]) => Tensor {
  const random = new Random(3407)
  return (...shape) => {
    const count = shape.reduce((product, size) => product * size, 1)
    return ops.keep(
      ops.upload(
        Float32Array.from({ length: count }, () => random.normal()),
        shape,
      ),
    )
  }
}
