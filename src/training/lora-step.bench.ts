import {
  type Benchmark,
  type BenchmarkOptions,
  type BenchmarkRow,
  failureText,
} from '../app/bench/benchmark.fixture.js'
import { type BenchmarkCase, measureCases } from '../app/bench/measure-cases.fixture.js'
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

function describeStep({ dtype, checkpointing }: StepOptions): string {
  return `${dtype}${checkpointing ? ', checkpointed' : ''}`
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
    what: `${what}, ${describeStep(options)}`,
    secondsPerStep: rounded(seconds, 3),
    tokensPerSecond: rounded(tokens / seconds, 1),
    peakMegabytes: Math.round(peakMb),
    firstLoss: rounded(loss, 5),
    ...rateCells(seconds, work),
    ...ratios,
  }
}

/** The sides in turn, some times: a load that comes and goes meets both. A peer that fails leaves our row as it is. */
async function compare(
  directory: string,
  options: StepOptions,
  { python, quick }: BenchmarkOptions,
): Promise<BenchmarkRow[]> {
  const [ours, theirs]: [StepTimes[], StepTimes[]] = [[], []]
  let failed: string | undefined
  for (let repetition = 0; repetition < (quick ? 1 : 3); repetition++) {
    if (python !== undefined && failed === undefined) {
      try {
        theirs.push(await runPeerSteps(python, directory, options))
      } catch (error) {
        failed = failureText(error)
      }
    }
    ours.push(await runOurSteps(directory, options))
  }
  const work = workOf(ours)
  const [what, own] = ['peft + torch', { what: 'medtune native', runs: ours, work }]
  if (python === undefined) return [row(own, options)]
  if (failed !== undefined) return [{ what: `${what}, ${describeStep(options)}`, failed }, row(own, options)]
  const peer = row({ what, runs: theirs, work }, options)
  return [peer, row({ ...own, peer }, options)]
}

function casesOf(directory: string, options: BenchmarkOptions): BenchmarkCase[] {
  const rows = { batch: 2, length: options.quick ? 128 : 512, ceiling: true }
  const cases = (['float32', 'bfloat16'] as const).flatMap((dtype) =>
    [false, true].map((checkpointing): BenchmarkCase => {
      const step: StepOptions = { ...rows, backend: 'native', steps: 4, dtype, checkpointing }
      return {
        what: describeStep(step),
        work: checkpointing ? 4 : 3,
        measure: () => compare(directory, step, options),
      }
    }),
  )
  if (options.rest.includes('native-only')) return cases
  const wasm: StepOptions = {
    ...rows,
    ...{ backend: 'wasm', steps: 2, checkpointing: false, dtype: 'float32' },
  }
  const measureWasm = async (): Promise<BenchmarkRow> => {
    const runs = [await runOurSteps(directory, wasm)]
    return row({ what: 'medtune wasm', runs, work: workOf(runs) }, wasm)
  }
  return [...cases, { what: 'float32 on wasm', work: 2, measure: measureWasm }]
}

export const benchmark: Benchmark = {
  name: 'lora-step',
  suite: 'cpu',
  description:
    'LoRA step with AdamW, 135 M Llama shape, batch 2 × 512, r 16 on 7 modules, float32 and bfloat16, beside peft + torch',
  run: (options) => withRandomCheckpoint((directory) => measureCases(casesOf(directory, options))),
}
