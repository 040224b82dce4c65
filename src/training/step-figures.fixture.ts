import path from 'node:path'
import { type BenchmarkRow, runJson } from '../app/bench/benchmark.fixture.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { StepOptions, StepTimes } from './lora-step-run.fixture.js'

const script = path.join(repositoryRoot, 'src/training/lora-step-run.fixture.ts')
const peerScript = path.join(repositoryRoot, 'data/reference/peers/lora_step.py')

/** Steps of ours, in a process of their own. */
export function runOurSteps(directory: string, options: StepOptions): Promise<StepTimes> {
  return runJson<StepTimes>(process.execPath, ['--import', 'tsx', script, directory, JSON.stringify(options)])
}

/** The same steps of peft + transformers + torch. */
export function runPeerSteps(python: string, directory: string, options: StepOptions): Promise<StepTimes> {
  const { batch, length, steps, dtype, checkpointing, backend } = options
  return runJson<StepTimes>(python, [
    ...[peerScript, '--model', directory, '--batch', `${batch}`, '--length', `${length}`],
    ...['--steps', `${steps}`, '--dtype', dtype],
    ...(backend === 'cuda' ? ['--device', 'cuda'] : []),
    ...(checkpointing ? ['--checkpointing'] : []),
  ])
}

/** Best step after the first, which records and compiles: the machine's other load only ever adds. */
export function bestSeconds({ seconds }: StepTimes): number {
  return Math.min(...seconds.slice(1))
}

/** What a step needs and what the machine gives: figures of our run that hold for the peer's too. */
export type StepWork = Pick<StepTimes, 'flopsPerStep' | 'ceilingFlopsPerSecond'>

/** Model FLOPs per second, those of a large product, and the share; the reader can divide. */
export function rateCells(seconds: number, { flopsPerStep, ceilingFlopsPerSecond }: StepWork): BenchmarkRow {
  const rate = (flopsPerStep ?? Number.NaN) / seconds
  const ceiling = ceilingFlopsPerSecond ?? Number.NaN
  return {
    gigaflopsPerStep: Number(((flopsPerStep ?? Number.NaN) / 1e9).toFixed(1)),
    gigaflopsPerSecond: Number((rate / 1e9).toFixed(1)),
    productGigaflopsPerSecond: Number((ceiling / 1e9).toFixed(1)),
    shareOfProductRate: Number((rate / ceiling).toFixed(3)),
  }
}
