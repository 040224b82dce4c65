import path from 'node:path'
import {
  type Benchmark,
  type BenchmarkOptions,
  type BenchmarkRow,
  failureText,
  runJson,
} from '../app/bench/benchmark.fixture.js'
import { type BenchmarkCase, measureCases } from '../app/bench/measure-cases.fixture.js'
import { withRandomCheckpoint } from '../models/random-checkpoint.fixture.js'
import type { BackendName } from '../tensors/backend.js'
import { startedBackends } from '../tensors/started-backends.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { GenerateRun, GenerateTimes } from './generate-run.fixture.js'

const script = path.join(repositoryRoot, 'src/generation/generate-run.fixture.ts')
const peerScript = path.join(repositoryRoot, 'data/reference/peers/generate.py')

/** The best repetition of all rounds: the machine's other load only ever slows one down. */
function row(what: string, rounds: readonly GenerateTimes[]): BenchmarkRow {
  const best = (values: readonly number[], of: (...all: number[]) => number): number =>
    Number(of(...values).toFixed(2))
  const all = (name: 'tokensPerSecond' | 'cpuSeconds'): number[] => rounds.flatMap((times) => times[name])
  return {
    what,
    tokensPerSecond: best(all('tokensPerSecond'), Math.max),
    cpuSeconds: best(all('cpuSeconds'), Math.min),
    peakMb: Math.round(Math.max(...rounds.map(({ peakMb }) => peakMb))),
    lastToken: rounds[0]?.last ?? -1,
  }
}

type Side = { readonly what: string; readonly run: () => Promise<GenerateTimes> }

/** wasm computes in float32 alone. */
const formsOf = (backend: BackendName): readonly Pick<GenerateRun, 'dtype' | 'loadIn4bit'>[] =>
  backend === 'wasm'
    ? [{ dtype: 'float32' }]
    : [{ dtype: 'float32' }, { dtype: 'bfloat16' }, { dtype: 'bfloat16', loadIn4bit: true }]

function sidesOf(
  directory: string,
  { python, quick }: BenchmarkOptions,
  dtype: GenerateRun['dtype'],
): Side[] {
  const [promptTokens, newTokens, repetitions] = quick ? [32, 16, 2] : [256, 64, 2]
  const sides: Side[] = []
  if (python !== undefined) {
    const sizes = ['--prompt', `${promptTokens}`, '--new', `${newTokens}`, '--repeat', `${repetitions}`]
    const args = [peerScript, '--model', directory, ...sizes, '--dtype', dtype]
    sides.push({ what: `transformers ${dtype}`, run: () => runJson<GenerateTimes>(python, args) })
  }
  for (const backend of startedBackends.filter((name) => name !== 'cpu')) {
    for (const form of formsOf(backend).filter((candidate) => candidate.dtype === dtype)) {
      const options: GenerateRun = { backend, promptTokens, newTokens, repetitions, ...form }
      const args = ['--import', 'tsx', script, directory, JSON.stringify(options)]
      const what = `medtune ${backend} ${form.loadIn4bit ? '4-bit' : dtype}`
      sides.push({ what, run: () => runJson<GenerateTimes>(process.execPath, args) })
    }
  }
  return sides
}

/** Sides in turn, twice: a load that comes and goes meets all of them. One that fails says so. */
async function compare(sides: readonly Side[]): Promise<BenchmarkRow[]> {
  const rounds = sides.map((): GenerateTimes[] => [])
  const failures = new Map<Side, string>()
  for (let round = 0; round < 2; round++) {
    for (const [at, side] of sides.entries()) {
      if (failures.has(side)) continue
      try {
        rounds[at]?.push(await side.run())
      } catch (error) {
        failures.set(side, failureText(error))
      }
    }
  }
  return sides.map((side, at) => {
    const failed = failures.get(side)
    return failed === undefined ? row(side.what, rounds[at] ?? []) : { what: side.what, failed }
  })
}

function casesOf(directory: string, options: BenchmarkOptions): BenchmarkCase[] {
  return (['float32', 'bfloat16'] as const).map((dtype) => {
    const sides = sidesOf(directory, options, dtype)
    return { what: sides.map(({ what }) => what).join(', '), measure: () => compare(sides) }
  })
}

export const benchmark: Benchmark = {
  name: 'generate',
  suite: 'cpu',
  description:
    'Greedy generation, 135 M Llama shape, float32, bfloat16 and 4-bit, 256 prompt and 64 new tokens, beside transformers',
  run: (options) => withRandomCheckpoint((directory) => measureCases(casesOf(directory, options))),
}
