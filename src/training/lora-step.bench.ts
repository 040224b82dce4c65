import type { Benchmark, BenchmarkOptions, BenchmarkRow } from '../app/bench/benchmark.fixture.js'
import { withRandomCheckpoint } from '../models/random-checkpoint.fixture.js'
import type { StepOptions, StepTimes } from './lora-step-run.fixture.js'
import { bestSeconds, rateCells, runOurSteps, runPeerSteps, type StepWork } from './step-figures.fixture.js'

/** Best step after the first of each run, and the middle one of these: the machine's other load only ever adds. */
function figures(runs: readonly StepTimes[]): {
  seconds: number
  peakMb: number
  loss: number
} {
  const best = runs.map(bestSeconds)
  const peaks = runs.map((run) => run.peakMb)
  const middle = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
  return { seconds: middle(best), peakMb: middle(peaks), loss: runs[0]?.losses[0] ?? Number.NaN }
}

/** The best product of some runs, and the operations of a step, which are those of each. */
function workOf(runs: readonly StepTimes[]): StepWork {
  const ceilings = runs.map(({ ceilingFlopsPerSecond }) => ceilingFlopsPerSecond ?? Number.NaN)
  return { flopsPerStep: runs[0]?.flopsPerStep ?? Number.NaN, ceilingFlopsPerSecond: Math.max(...ceilings) }
}

interface Side {
  readonly what: string
  readonly runs: readonly StepTimes[]
  /** Of our runs, for the peer's row too. */
  readonly work: StepWork
  readonly peer?: BenchmarkRow | undefined
}

function row({ what, runs, work, peer }: Side, options: StepOptions): BenchmarkRow {
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
    ...rateCells(seconds, work),
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
      ceiling: true,
    }
    const ours: StepTimes[] = []
    const theirs: StepTimes[] = []
    for (let repetition = 0; repetition < repetitions; repetition++) {
      if (python !== undefined) theirs.push(runPeerSteps(python, directory, options))
      ours.push(runOurSteps(directory, options))
    }
    const work = workOf(ours)
    const peer = python === undefined ? undefined : row({ what: 'peft + torch', runs: theirs, work }, options)
    rows.push(...(peer === undefined ? [] : [peer]))
    rows.push(row({ what: 'medtune native', runs: ours, work, peer }, options))
  }
  if (rest.includes('native-only')) return rows
  const wasm: StepOptions = {
    backend: 'wasm',
    batch: 2,
    length: quick ? 128 : 512,
    steps: 2,
    checkpointing: false,
    dtype: 'float32',
    ceiling: true,
  }
  const runs = [runOurSteps(directory, wasm)]
  rows.push(row({ what: 'medtune wasm', runs, work: workOf(runs) }, wasm))
  return rows
}

export const benchmark: Benchmark = {
  name: 'lora-step',
  suite: 'cpu',
  description:
    'LoRA step with AdamW, 135 M Llama shape, batch 2 × 512, r 16 on 7 modules, float32 and bfloat16, beside peft + torch',
  run: (options) => withRandomCheckpoint((directory) => compare(directory, options)),
}
