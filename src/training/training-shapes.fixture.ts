import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BenchmarkRow, runJson } from '../app/bench/benchmark.fixture.js'
import type { GenerateRun, GenerateTimes } from '../generation/generate-run.fixture.js'
import { syntheticShapes, writeSyntheticCheckpoint } from '../models/synthetic-checkpoint.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { StepOptions, StepTimes } from './lora-step-run.fixture.js'

/** One line of the table: what is trained, or generated with. */
export interface ShapeCase {
  readonly shape: keyof typeof syntheticShapes
  /** How the weights are held; products of 4-bit weights are bfloat16's. */
  readonly held: 'float32' | 'bfloat16' | 'nf4'
  /** Tokens of a row; of the prompt for generation. */
  readonly length: number
  readonly batch: number
  readonly checkpointing: boolean
}

const stepScript = path.join(repositoryRoot, 'src/training/lora-step-run.fixture.ts')
const generateScript = path.join(repositoryRoot, 'src/generation/generate-run.fixture.ts')
const peer = (name: string): string => path.join(repositoryRoot, 'data/reference/peers', name)

/** Trains and generates with a random checkpoint of each case, beside Python where it is given. */
export async function measureShapes(
  cases: readonly ShapeCase[],
  backend: 'native' | 'cuda',
  python: string | undefined,
): Promise<BenchmarkRow[]> {
  const rows: BenchmarkRow[] = []
  for (const each of cases) {
    const directory = mkdtempSync(path.join(tmpdir(), 'medtune-shape-'))
    try {
      const config = syntheticShapes[each.shape]
      const form = each.held === 'float32' ? 'float32' : each.held === 'nf4' ? 'nf4' : 'bfloat16'
      await writeSyntheticCheckpoint(directory, { config, form, seed: 1, shardBytes: 2e9 })
      rows.push(trainRow(each, directory, backend, python), generateRow(each, directory, backend, python))
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }
  return rows
}

const computeDtype = ({ held }: ShapeCase): 'float32' | 'bfloat16' =>
  held === 'float32' ? 'float32' : 'bfloat16'

function trainRow(
  each: ShapeCase,
  directory: string,
  backend: 'native' | 'cuda',
  python: string | undefined,
): BenchmarkRow {
  const { shape, held, length, batch, checkpointing } = each
  const dtype = computeDtype(each)
  const options: StepOptions = {
    ...{ backend, batch, length, checkpointing, dtype },
    steps: 4,
    ceiling: true,
  }
  const ours = runJson<StepTimes>(process.execPath, [
    ...['--import', 'tsx', stepScript, directory, JSON.stringify(options)],
  ])
  const seconds = Math.min(...ours.seconds.slice(1))
  const rate = (ours.flopsPerStep ?? Number.NaN) / seconds
  return {
    ...{
      what: `train ${shape} ${held}${checkpointing ? ', checkpointed' : ''}`,
      tokens: `${batch} × ${length}`,
    },
    secondsPerStep: rounded(seconds, 3),
    tokensPerSecond: rounded((batch * length) / seconds, 1),
    peakMegabytes: Math.round(backend === 'cuda' ? (ours.peakTensorMb ?? Number.NaN) : ours.peakMb),
    gigaflopsPerSecond: Math.round(rate / 1e9),
    shareOfProductRate: rounded(rate / (ours.ceilingFlops ?? Number.NaN), 2),
    ...againstPeer(python, () => {
      const flags = ['--dtype', dtype, ...(backend === 'cuda' ? ['--device', 'cuda'] : [])]
      const theirs = runJson<StepTimes>(python ?? '', [
        ...[peer('lora_step.py'), '--model', directory, '--batch', `${batch}`, '--length', `${length}`],
        ...[...flags, ...(checkpointing ? ['--checkpointing'] : [])],
      ])
      const best = Math.min(...theirs.seconds.slice(1))
      return {
        peerSeconds: rounded(best, 3),
        peerMegabytes: Math.round(theirs.peakMb),
        timeRatio: rounded(seconds / best, 3),
      }
    }),
  }
}

function generateRow(
  each: ShapeCase,
  directory: string,
  backend: 'native' | 'cuda',
  python: string | undefined,
): BenchmarkRow {
  const dtype = computeDtype(each)
  const [promptTokens, newTokens, repetitions] = [Math.min(each.length, 256), 64, 2]
  const options: GenerateRun = { backend, promptTokens, newTokens, repetitions, dtype }
  const ours = runJson<GenerateTimes>(process.execPath, [
    ...['--import', 'tsx', generateScript, directory, JSON.stringify(options)],
  ])
  const rate = Math.max(...ours.tokensPerSecond)
  return {
    ...{ what: `generate ${each.shape} ${each.held}`, tokens: `${promptTokens} + ${newTokens}` },
    tokensPerSecond: rounded(rate, 1),
    ...againstPeer(python, () => {
      const sizes = ['--prompt', `${promptTokens}`, '--new', `${newTokens}`, '--repeat', `${repetitions}`]
      const device = backend === 'cuda' ? ['--device', 'cuda'] : []
      const theirs = runJson<GenerateTimes>(python ?? '', [
        ...[peer('generate.py'), '--model', directory, ...sizes, '--dtype', dtype, ...device],
      ])
      const best = Math.max(...theirs.tokensPerSecond)
      return { peerTokensPerSecond: rounded(best, 1), rateRatio: rounded(rate / best, 2) }
    }),
  }
}

/** A peer that cannot run a case (no bitsandbytes, no memory) leaves its columns out and says so. */
function againstPeer(python: string | undefined, measure: () => BenchmarkRow): BenchmarkRow {
  if (python === undefined) return {}
  try {
    return measure()
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n')
    return { peerSays: (lines.at(-1) ?? '').slice(0, 60) }
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
