import path from 'node:path'
import {
  type Benchmark,
  type BenchmarkOptions,
  type BenchmarkRow,
  runJson,
} from '../app/bench/benchmark.fixture.js'
import { withRandomCheckpoint } from '../models/random-checkpoint.fixture.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { GenerateRun, GenerateTimes } from './generate-run.fixture.js'

const script = path.join(repositoryRoot, 'src/generation/generate-run.fixture.ts')
const peerScript = path.join(repositoryRoot, 'data/reference/peers/generate.py')

/** The best repetition: the machine's other load only ever slows one down. */
function row(what: string, { tokensPerSecond, last }: GenerateTimes): BenchmarkRow {
  return { what, tokensPerSecond: Number(Math.max(...tokensPerSecond).toFixed(1)), lastToken: last }
}

function compare(directory: string, { python, quick }: BenchmarkOptions): BenchmarkRow[] {
  const [promptTokens, newTokens, repetitions] = quick ? [32, 16, 2] : [256, 64, 3]
  const rows: BenchmarkRow[] = []
  if (python !== undefined) {
    const sizes = ['--prompt', `${promptTokens}`, '--new', `${newTokens}`, '--repeat', `${repetitions}`]
    rows.push(
      row('transformers', runJson<GenerateTimes>(python, [peerScript, '--model', directory, ...sizes])),
    )
  }
  for (const backend of startedBackends.filter((name) => name !== 'cpu')) {
    const options: GenerateRun = { backend, promptTokens, newTokens, repetitions }
    const args = ['--import', 'tsx', script, directory, JSON.stringify(options)]
    rows.push(row(`medtune ${backend}`, runJson<GenerateTimes>(process.execPath, args)))
  }
  return rows
}

export const benchmark: Benchmark = {
  name: 'generate',
  suite: 'cpu',
  description:
    'Greedy generation, 135 M Llama shape, float32, 256 prompt and 64 new tokens, beside transformers',
  run: (options) => withRandomCheckpoint((directory) => compare(directory, options)),
}
