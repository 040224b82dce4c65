import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Benchmark, type BenchmarkRow, runJson } from '../app/bench/benchmark.fixture.js'
import { type BenchmarkCase, measureCases } from '../app/bench/measure-cases.fixture.js'
import {
  type SyntheticForm,
  syntheticShapes,
  writeSyntheticCheckpoint,
} from '../models/synthetic-checkpoint.js'
import type { LargeModelFigures, LargeModelSettings } from './large-model-run.fixture.js'

interface Case {
  readonly shape: keyof typeof syntheticShapes
  readonly form: SyntheticForm
  readonly settings: LargeModelSettings
}

const native = 'native' as const
const trained = { length: 128, updates: 2 }
const onlyLoaded = { length: 0, updates: 0 }
const small: readonly Case[] = [
  { shape: '135M', form: 'nf4', settings: { backend: native, load: {}, ...trained } },
  { shape: '135M', form: 'bfloat16', settings: { backend: native, load: { dtype: 'bfloat16' }, ...trained } },
]
const large: readonly Case[] = [
  {
    shape: '1B',
    form: 'bfloat16',
    settings: { backend: native, load: { dtype: 'bfloat16' }, ...onlyLoaded },
  },
  { shape: '1B', form: 'bfloat16', settings: { backend: native, load: { dtype: 'float32' }, ...onlyLoaded } },
  { shape: '1B', form: 'bfloat16', settings: { backend: native, load: { loadIn4bit: true }, ...onlyLoaded } },
  { shape: '1B', form: 'nf4', settings: { backend: native, load: {}, length: 512, updates: 2 } },
]
const largest: Case = {
  shape: '8B',
  form: 'nf4',
  settings: { backend: native, load: { dtype: 'bfloat16' }, ...trained },
}

/** Memory while loading, and while training, of models that matter because they are large. `-- 8B` adds that one (6 GB of disk). */
export const benchmark: Benchmark = {
  name: 'large-model',
  suite: 'cpu',
  description:
    'loading and a LoRA update of random 135M, 1B and 8B checkpoints, 16-bit and NF4: memory and time',
  run({ quick, rest }) {
    const cases = [...small, ...(quick ? [] : large), ...(rest.includes('8B') ? [largest] : [])]
    return measureCases(cases.map(toMeasure))
  },
}

/** Parameters of a shape, in no matter what unit: all that is done goes through each of them. */
const sizes = { '135M': 0.135, '1B': 1.2, '8B': 8 } as const

function toMeasure(each: Case): BenchmarkCase {
  const { shape, form, settings } = each
  const { length, updates, load } = settings
  const held = load.loadIn4bit ? 'nf4' : (load.dtype ?? 'auto')
  const trained = length > 0 ? `, ${updates} updates of ${length} tokens` : ''
  return {
    what: `${shape} ${form} as ${held}${trained}`,
    work: sizes[shape] * (1 + (length * updates) / 60),
    measure: () => measure(each),
  }
}

const fixture = fileURLToPath(new URL('large-model-run.fixture.ts', import.meta.url))

async function measure({ shape, form, settings }: Case): Promise<BenchmarkRow> {
  const folder = mkdtempSync(path.join(tmpdir(), 'medtune-large-'))
  try {
    const config = syntheticShapes[shape]
    await writeSyntheticCheckpoint(folder, { ...{ config, form, seed: 1, shardBytes: 2e9 } })
    const args = ['--import', 'tsx', fixture, folder, JSON.stringify(settings)]
    return rowOf(`${shape} ${form}`, settings, await runJson<LargeModelFigures>(process.execPath, args))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function rowOf(
  model: string,
  { load, length }: LargeModelSettings,
  figures: LargeModelFigures,
): BenchmarkRow {
  const { runtimeBytes, largestTensorBytes, loadPeakBytes, weightBytes } = figures
  const gb = (bytes: number): number => Number((bytes / 1e9).toFixed(2))
  return {
    ...{ model, held: load.loadIn4bit ? 'nf4' : (load.dtype ?? 'auto'), tokens: length },
    loadSeconds: Number(figures.loadSeconds.toFixed(1)),
    weightsGb: gb(weightBytes),
    loadPeakGb: gb(loadPeakBytes),
    // What loading needs beside the weights themselves and the runtime.
    besideWeightsGb: gb(loadPeakBytes - weightBytes - runtimeBytes),
    allowedGb: gb(3 * largestTensorBytes + 1e9),
    trainPeakGb: gb(figures.peakBytes),
    secondsPerUpdate: figures.updateSeconds.map((seconds) => seconds.toFixed(1)).join(' '),
    losses: figures.losses.map((loss) => loss.toFixed(3)).join(' '),
  }
}
