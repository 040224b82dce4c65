import path from 'node:path'
import {
  type Benchmark,
  type BenchmarkOptions,
  type BenchmarkRow,
  runJson,
} from '../app/bench/benchmark.fixture.js'
import { withRandomCheckpoint } from '../models/random-checkpoint.fixture.js'
import type { BackendName } from '../tensors/backend.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { GenerateRun, GenerateTimes } from './generate-run.fixture.js'

const script = path.join(repositoryRoot, 'src/generation/generate-run.fixture.ts')
const peerScript = path.join(repositoryRoot, 'data/reference/peers/generate.py')

/** The best repetition: the machine's other load only ever slows one down. */
function row(what: string, { tokensPerSecond, last }: GenerateTimes): BenchmarkRow {
  return { what, tokensPerSecond: Number(Math.max(...tokensPerSecond).toFixed(1)), lastToken: last }
}

/** wasm computes in float32 alone. */
const dtypesOf = (backend: BackendName): readonly GenerateRun['dtype'][] =>
  backend === 'wasm' ? ['float32'] : ['float32', 'bfloat16']

function compare(directory: string, { python, quick }: BenchmarkOptions): BenchmarkRow[] {
  const [promptTokens, newTokens, repetitions] = quick ? [32, 16, 2] : [256, 64, 3]
  const backends = startedBackends.filter((name) => name !== 'cpu')
  return (['float32', 'bfloat16'] as const).flatMap((dtype) => {
    const rows: BenchmarkRow[] = []
    if (python !== undefined) {
      const sizes = ['--prompt', `${promptTokens}`, '--new', `${newTokens}`, '--repeat', `${repetitions}`]
      const args = [peerScript, '--model', directory, ...sizes, '--dtype', dtype]
      rows.push(row(`transformers ${dtype}`, runJson<GenerateTimes>(python, args)))
    }
    for (const backend of backends.filter((name) => dtypesOf(name).includes(dtype))) {
      const options: GenerateRun = { backend, promptTokens, newTokens, repetitions, dtype }
      const args = ['--import', 'tsx', script, directory, JSON.stringify(options)]
      rows.push(row(`medtune ${backend} ${dtype}`, runJson<GenerateTimes>(process.execPath, args)))
    }
    return rows
  })
}
export const benchmark: Benchmark = {
  name: 'generate',
  suite: 'cpu',
  description:
    'Greedy generation, 135 M Llama shape, float32 and bfloat16, 256 prompt and 64 new tokens, beside transformers',
  run: (options) => withRandomCheckpoint((directory) => compare(directory, options)),
}
