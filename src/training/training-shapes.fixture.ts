import { mkdtempSync, rmSync } from 'node:fs'
import { freemem, tmpdir } from 'node:os'
import path from 'node:path'
import { type BenchmarkRow, failureText, runJson } from '../app/bench/benchmark.fixture.js'
import { type BenchmarkCase, measureCases } from '../app/bench/measure-cases.fixture.js'
import type { GenerateRun, GenerateTimes } from '../generation/generate-run.fixture.js'
import { interpretConfig } from '../models/model-folder.js'
import { syntheticShapes, writeSyntheticCheckpoint } from '../models/synthetic-checkpoint.js'
import { elementCount } from '../tensors/dtype.js'
import { repositoryRoot } from '../test-data.fixture.js'
import type { StepOptions } from './lora-step-run.fixture.js'
import { planMemory } from './memory-plan.js'
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

/** The checkpoint that lies on the disk: one at a time. */
interface Written {
  each?: ShapeCase
  directory?: string
}

/** Trains and generates with a random checkpoint of each case, beside Python where it is given; a case that fails says so. */
export async function* measureShapes(
  cases: readonly ShapeCase[],
  backend: 'native' | 'cuda',
  python: string | undefined,
): AsyncGenerator<BenchmarkRow> {
  const written: Written = {}
  try {
    yield* measureCases(
      cases.flatMap((each) =>
        (['train', 'generate'] as const).map((kind): BenchmarkCase => {
          const what = `${kind} ${each.shape} ${each.held}, ${each.batch} × ${each.length}`
          const measure = async (): Promise<BenchmarkRow> => {
            const leftOut = whyLeftOut(each, backend, python !== undefined)
            if (leftOut !== undefined) return { what, device: backend, leftOut }
            const directory = await useCheckpoint(written, each)
            const row = kind === 'train' ? trainRow : generateRow
            return row(each, directory, backend, python)
          }
          return { what, work: kind === 'train' ? trainWork(each) : generateWork(each), measure }
        }),
      ),
    )
  } finally {
    removeCheckpoint(written)
  }
}

async function useCheckpoint(written: Written, each: ShapeCase): Promise<string> {
  if (written.each === each && written.directory !== undefined) return written.directory
  removeCheckpoint(written)
  const { shape, held } = each
  written.directory = mkdtempSync(path.join(tmpdir(), 'medtune-shape-'))
  await writeSyntheticCheckpoint(written.directory, {
    ...{ config: syntheticShapes[shape], form: held, seed: 1, shardBytes: 2e9 },
  })
  written.each = each
  return written.directory
}

function removeCheckpoint({ directory }: Written): void {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
}

/** Each process writes or loads the model, which takes as long as so many tokens through it. */
const startTokens = 3000

function trainWork(each: ShapeCase): number {
  const { batch, length, checkpointing } = each
  return parametersOf(each) * (startTokens + batch * length * (checkpointing ? 24 : 18))
}

function generateWork(each: ShapeCase): number {
  return parametersOf(each) * (startTokens + 4 * each.length + 100 * newTokens)
}

const computeDtype = ({ held }: ShapeCase): 'float32' | 'bfloat16' =>
  held === 'float32' ? 'float32' : 'bfloat16'

async function trainRow(
  each: ShapeCase,
  directory: string,
  backend: 'native' | 'cuda',
  python: string | undefined,
): Promise<BenchmarkRow> {
  const { shape, held, length, batch, checkpointing } = each
  const dtype = computeDtype(each)
  const options: StepOptions = {
    ...{ backend, batch, length, checkpointing, dtype },
    steps: 4,
    ceiling: true,
  }
  const ours = await runOurSteps(directory, options)
  const seconds = bestSeconds(ours)
  return {
    ...{
      what: `train ${shape} ${held}${checkpointing ? ', checkpointed' : ''}`,
      ...{ device: backend, dtype },
      tokens: `${batch} × ${length}`,
    },
    secondsPerStep: rounded(seconds, 3),
    tokensPerSecond: rounded((batch * length) / seconds, 1),
    peakMegabytes: peakMegabytes(ours, backend),
    ...rateCells(seconds, ours),
    ...(await againstPeer(python, async () => {
      const theirs = await runPeerSteps(python ?? '', directory, options)
      const best = bestSeconds(theirs)
      return {
        peerSeconds: rounded(best, 3),
        peerMegabytes: Math.round(theirs.peakMb),
        timeRatio: rounded(seconds / best, 3),
      }
    })),
  }
}

async function generateRow(
  each: ShapeCase,
  directory: string,
  backend: 'native' | 'cuda',
  python: string | undefined,
): Promise<BenchmarkRow> {
  const dtype = computeDtype(each)
  const generated = Math.min(newTokens, each.length / 4)
  const [promptTokens, repetitions] = [each.length - generated, 2]
  const options: GenerateRun = { backend, promptTokens, newTokens: generated, repetitions, dtype }
  const ours = await runJson<GenerateTimes>(process.execPath, [
    ...['--import', 'tsx', generateScript, directory, JSON.stringify(options)],
  ])
  const rate = Math.max(...ours.tokensPerSecond)
  return {
    ...{ what: `generate ${each.shape} ${each.held}`, device: backend, dtype },
    tokens: `${promptTokens} + ${generated}`,
    tokensPerSecond: rounded(rate, 1),
    peakMegabytes: peakMegabytes(ours, backend),
    ...(await againstPeer(python, async () => {
      const sizes = ['--prompt', `${promptTokens}`, '--new', `${generated}`, '--repeat', `${repetitions}`]
      const device = backend === 'cuda' ? ['--device', 'cuda'] : []
      const theirs = await runJson<GenerateTimes>(python ?? '', [
        ...[generatePeerScript, '--model', directory, ...sizes, '--dtype', dtype, ...device],
      ])
      const best = Math.max(...theirs.tokensPerSecond)
      return {
        peerTokensPerSecond: rounded(best, 1),
        peerMegabytes: Math.round(theirs.peakMb),
        rateRatio: rounded(rate / best, 2),
      }
    })),
  }
}

/** Of a card its memory, else of the process. */
function peakMegabytes(
  { peakMb, peakTensorMb = Number.NaN }: Pick<GenerateTimes, 'peakMb' | 'peakTensorMb'>,
  backend: 'native' | 'cuda',
): number {
  return Math.round(backend === 'cuda' ? peakTensorMb : peakMb)
}

/** A peer that cannot run a case (no bitsandbytes, no memory) leaves its columns out and says so. */
async function againstPeer(
  python: string | undefined,
  measure: () => Promise<BenchmarkRow>,
): Promise<BenchmarkRow> {
  if (python === undefined) return {}
  try {
    return await measure()
  } catch (error) {
    return { peerSays: failureText(error) }
  }
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
