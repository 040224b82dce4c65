import path from 'node:path'
import {
  type Benchmark,
  type BenchmarkOptions,
  type BenchmarkRow,
  runJson,
} from '../app/bench/benchmark.fixture.js'
import { withRandomCheckpoint } from '../models/random-checkpoint.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { StepOptions, StepTimes } from './lora-step-run.fixture.js'

const script = path.join(repositoryRoot, 'src/training/lora-step-run.fixture.ts')
const peerScript = path.join(repositoryRoot, 'data/reference/peers/lora_step.py')

function runOurs(directory: string, options: StepOptions): StepTimes {
  return runJson<StepTimes>(process.execPath, ['--import', 'tsx', script, directory, JSON.stringify(options)])
}

function runPeer(python: string, directory: string, options: StepOptions): StepTimes {
  const sizes = [
    '--batch',
    `${options.batch}`,
    '--length',
    `${options.length}`,
    '--steps',
    `${options.steps}`,
  ]
  const flags = ['--dtype', options.dtype, ...(options.checkpointing ? ['--checkpointing'] : [])]
  return runJson<StepTimes>(python, [peerScript, '--model', directory, ...sizes, ...flags])
}

/** Best step after the first of each run, and the middle one of these: the machine's other load only ever adds. */
function figures(runs: readonly StepTimes[]): {
  seconds: number
  peakMb: number
  loss: number
} {
  const best = runs.map((run) => Math.min(...run.seconds.slice(1)))
  const peaks = runs.map((run) => run.peakMb)
  const middle = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
  return { seconds: middle(best), peakMb: middle(peaks), loss: runs[0]?.losses[0] ?? Number.NaN }
}

function row(
  what: string,
  runs: readonly StepTimes[],
  options: StepOptions,
  peer?: BenchmarkRow,
): BenchmarkRow {
  const { seconds, peakMb, loss } = figures(runs)
  const tokens = options.batch * options.length
  const rounded = (value: number, digits: number): number => Number(value.toFixed(digits))
  const ratios =
    peer === undefined
      ? {}
      : {
          timeRatio: rounded(seconds / Number(peer.secondsPerStep), 3),
          memoryRatio: rounded(peakMb / Number(peer.peakMegabytes), 3),
        }
  return {
    what: `${what}, ${options.dtype}${options.checkpointing ? ', checkpointed' : ''}`,
    secondsPerStep: rounded(seconds, 3),
    tokensPerSecond: rounded(tokens / seconds, 1),
    peakMegabytes: Math.round(peakMb),
    firstLoss: rounded(loss, 5),
    ...ratios,
  }
}

function compare(directory: string, { python, quick, rest }: BenchmarkOptions): BenchmarkRow[] {
  const rows: BenchmarkRow[] = []
  const repetitions = quick ? 1 : 3
  const cases = (['float32', 'bfloat16'] as const).flatMap((dtype) =>
    [false, true].map((checkpointing) => ({ dtype, checkpointing })),
  )
  for (const given of cases) {
    const options: StepOptions = {
      ...given,
      backend: 'native',
      batch: 2,
      length: quick ? 128 : 512,
      steps: 4,
    }
    const ours: StepTimes[] = []
    const theirs: StepTimes[] = []
    for (let repetition = 0; repetition < repetitions; repetition++) {
      if (python !== undefined) theirs.push(runPeer(python, directory, options))
      ours.push(runOurs(directory, options))
    }
    const peer = python === undefined ? undefined : row('peft + torch', theirs, options)
    rows.push(...(peer === undefined ? [] : [peer]), row('medtune native', ours, options, peer))
  }
  if (rest.includes('native-only')) return rows
  const wasm: StepOptions = {
    backend: 'wasm',
    batch: 2,
    length: quick ? 128 : 512,
    steps: 2,
    checkpointing: false,
    dtype: 'float32',
  }
  rows.push(row('medtune wasm', [runOurs(directory, wasm)], wasm))
  return rows
}

export const benchmark: Benchmark = {
  name: 'lora-step',
  suite: 'cpu',
  description:
    'LoRA step with AdamW, 135 M Llama shape, batch 2 × 512, r 16 on 7 modules, float32 and bfloat16, beside peft + torch',
  run: (options) => withRandomCheckpoint((directory) => compare(directory, options)),
}
