import { mkdtempSync, rmSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import path from 'node:path'
import { type BenchmarkRow, runJson } from '../app/bench/benchmark.fixture.js'
import type { GenerateRun, GenerateTimes } from '../generation/generate-run.fixture.js'
import { interpretConfig } from '../models/model-folder.js'
import { syntheticShapes, writeSyntheticCheckpoint } from '../models/synthetic-checkpoint.js'
import { elementCount } from '../tensors/dtype.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { StepOptions } from './lora-step-run.fixture.js'
import { planMemory } from './memory-plan.js'
import { ShapeClock } from './shape-clock.fixture.js'
import { bestSeconds, rateCells, runOurSteps, runPeerSteps } from './step-figures.fixture.js'

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

/** What a row needs of this machine's memory, or says that it is not there. */
function whyLeftOut(each: ShapeCase, backend: 'native' | 'cuda', withPeer: boolean): string | undefined {
  if (backend === 'cuda') return undefined
  const { shape, held, batch, length, checkpointing } = each
  const { architecture, config } = interpretConfig(shape, syntheticShapes[shape])
  const { total } = planMemory(config, architecture.weightSpecs(config), {
    ...{ lora: {}, batchSize: batch, length, gradientCheckpointing: checkpointing },
    ...{ weights: held, dtype: computeDtype(each) },
  })
  // TensorFlow's own, and Python's side takes up to twice as much.
  const neededBytes = (total + 0.5e9) * (withPeer ? 2 : 1)
  const free = freemem()
  return neededBytes <= free
    ? undefined
    : `needs ${gigabytes(neededBytes)} of memory, ${gigabytes(free)} are free`
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}

function parametersOf({ shape }: ShapeCase): number {
  const { architecture, config } = interpretConfig(shape, syntheticShapes[shape])
  return architecture.weightSpecs(config).reduce((sum, spec) => sum + elementCount(spec.shape), 0)
}

const generateScript = path.join(repositoryRoot, 'src/generation/generate-run.fixture.ts')
const generatePeerScript = path.join(repositoryRoot, 'data/reference/peers/generate.py')

/** A sequence's last tokens, that generation makes. */
const newTokens = 64

/** Trains and generates with a random checkpoint of each case, beside Python where it is given; a case that fails says so. */
export async function measureShapes(
  cases: readonly ShapeCase[],
  backend: 'native' | 'cuda',
  python: string | undefined,
): Promise<BenchmarkRow[]> {
  const rows: BenchmarkRow[] = []
  const steps = cases.flatMap((each) => [
    { each, kind: 'train', work: trainWork(each) } as const,
    {
      each,
      kind: 'generate',
      work: parametersOf(each) * (startTokens + 4 * each.length + 100 * newTokens),
    } as const,
  ])
  const clock = new ShapeClock(steps.map(({ work }) => work))
  let [directory, written]: [string, ShapeCase | undefined] = ['', undefined]
  try {
    for (const { each, kind } of steps) {
      const name = `${kind} ${each.shape} ${each.held}`
      clock.announce(`${name}, ${each.batch} × ${each.length}`)
      const reason = whyLeftOut(each, backend, python !== undefined)
      try {
        if (reason === undefined && written !== each) {
          if (directory !== '') rmSync(directory, { recursive: true, force: true })
          directory = await writeCheckpoint(each)
          written = each
        }
        const measure = kind === 'train' ? trainRow : generateRow
        rows.push(
          reason === undefined ? measure(each, directory, backend, python) : { what: name, leftOut: reason },
        )
      } catch (error) {
        rows.push({ what: name, device: backend, failed: lastLine(error) })
      }
      clock.done()
    }
  } finally {
    if (directory !== '') rmSync(directory, { recursive: true, force: true })
  }
  return rows
}

/** Each process writes or loads the model, which takes as long as so many tokens through it. */
const startTokens = 3000

function trainWork(each: ShapeCase): number {
  const { batch, length, checkpointing } = each
  return parametersOf(each) * (startTokens + batch * length * (checkpointing ? 24 : 18))
}

async function writeCheckpoint({ shape, held }: ShapeCase): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'medtune-shape-'))
  await writeSyntheticCheckpoint(directory, {
    ...{ config: syntheticShapes[shape], form: held, seed: 1, shardBytes: 2e9 },
  })
  return directory
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
  const ours = runOurSteps(directory, options)
  const seconds = bestSeconds(ours)
  return {
    ...{
      what: `train ${shape} ${held}${checkpointing ? ', checkpointed' : ''}`,
      ...{ device: backend, dtype },
      tokens: `${batch} × ${length}`,
    },
    secondsPerStep: rounded(seconds, 3),
    tokensPerSecond: rounded((batch * length) / seconds, 1),
    peakMegabytes: Math.round(backend === 'cuda' ? (ours.peakTensorMb ?? Number.NaN) : ours.peakMb),
    ...rateCells(seconds, ours),
    ...againstPeer(python, () => {
      const theirs = runPeerSteps(python ?? '', directory, options)
      const best = bestSeconds(theirs)
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
  const generated = Math.min(newTokens, each.length / 4)
  const [promptTokens, repetitions] = [each.length - generated, 2]
  const options: GenerateRun = { backend, promptTokens, newTokens: generated, repetitions, dtype }
  const ours = runJson<GenerateTimes & { readonly peakMb?: number }>(process.execPath, [
    ...['--import', 'tsx', generateScript, directory, JSON.stringify(options)],
  ])
  const rate = Math.max(...ours.tokensPerSecond)
  return {
    ...{ what: `generate ${each.shape} ${each.held}`, device: backend, dtype },
    tokens: `${promptTokens} + ${generated}`,
    tokensPerSecond: rounded(rate, 1),
    ...(ours.peakMb === undefined ? {} : { peakMegabytes: Math.round(ours.peakMb) }),
    ...againstPeer(python, () => {
      const sizes = ['--prompt', `${promptTokens}`, '--new', `${generated}`, '--repeat', `${repetitions}`]
      const device = backend === 'cuda' ? ['--device', 'cuda'] : []
      const theirs = runJson<GenerateTimes>(python ?? '', [
        ...[generatePeerScript, '--model', directory, ...sizes, '--dtype', dtype, ...device],
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
    return { peerSays: lastLine(error) }
  }
}

function lastLine(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n')
  return (lines.at(-1) ?? '').slice(0, 60)
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
