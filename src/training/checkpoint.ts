import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import type { Ops } from '../tensors/ops.js'
import { openSafetensors, type SafetensorsFile } from '../tensors/safetensors.js'
import { writeSafetensors } from '../tensors/safetensors-writer.js'
import {
  checkpointFolder,
  checkpointSteps,
  invalidCheckpoint,
  verifyCheckpoint,
  writeCheckpointFolder,
} from './checkpoint-files.js'
import {
  type RunRecord,
  readRenderedOn,
  readRunRecord,
  runStateFile,
  type StoredRun,
  stateFiles,
  trainerStateFile,
} from './checkpoint-state.js'
import type { OptimizerState } from './optimizers/optimizer.js'
import { assertSameRun, type RunFingerprint } from './run-fingerprint.js'
import type { TrainingRun } from './training-run.js'

/** Master values of what is trained and the optimizer's vectors, in the engine's own order: only for resuming. */
const optimizerFile = 'optimizer.safetensors'

export interface SaveCheckpointOptions {
  readonly outputDir: string
  readonly record: RunRecord
  readonly fingerprint: RunFingerprint
  readonly saveModel: (directory: string) => Promise<void>
}

/**
 * Writes `checkpoint-{step}`: the model as `saveModel` writes it, the optimizer, `trainer_state.json` and
 * `run_state.json`; then removes the checkpoints beyond `saveTotalLimit`, never the newest or the best.
 *
 * @returns the checkpoint's folder
 * @throws FILE_UNWRITABLE, with the checkpoints before it intact; TRAINING_FAILED for values that are not finite
 */
export async function saveCheckpoint(
  run: TrainingRun,
  ops: Ops,
  { outputDir, record, fingerprint, saveModel }: SaveCheckpointOptions,
): Promise<string> {
  const { updates, vectors } = await run.optimizer.readState()
  const directory = await writeCheckpointFolder(outputDir, run.step, async (staging) => {
    await saveModel(staging)
    await writeSafetensors(path.join(staging, optimizerFile), [
      ...run.trainable.map(({ path: name, value }) => ({
        name: `master.${name}`,
        dtype: 'F32' as const,
        shape: value.shape,
        data: async () => finite(name, await ops.read(value)),
      })),
      ...[...vectors].map(([name, data]) => {
        const dtype = data instanceof Uint8Array ? ('U8' as const) : ('F32' as const)
        return { name, dtype, shape: [data.length], data }
      }),
    ])
    const files = stateFiles(run, updates, record, fingerprint, outputDir)
    await writeFile(path.join(staging, trainerStateFile), files.trainerState)
    await writeFile(path.join(staging, runStateFile), files.runState)
  })
  await removeOldCheckpoints(run, outputDir, record.evaluation.bestStep)
  return directory
}

function finite(name: string, data: Float32Array): Float32Array {
  if (data.every(Number.isFinite)) return data
  throw new MedtuneError(
    'TRAINING_FAILED',
    `trained values must be finite; ${name} holds one that is not. The checkpoints before it are kept. Lower learningRate.`,
  )
}

async function removeOldCheckpoints(
  run: TrainingRun,
  outputDir: string,
  best: number | undefined,
): Promise<void> {
  const { args } = run.state()
  const steps = await checkpointSteps(outputDir)
  // Later ones are an earlier run's: they would be taken for the newest.
  const keptSteps = new Set([run.step, ...(args.loadBestModelAtEnd && best !== undefined ? [best] : [])])
  for (const step of steps) {
    if (step < run.step && keptSteps.size < args.saveTotalLimit) keptSteps.add(step)
  }
  for (const step of steps) {
    if (!keptSteps.has(step)) await rm(checkpointFolder(outputDir, step), { recursive: true, force: true })
  }
}

/**
 * The newest intact checkpoint of a folder.
 *
 * @param warn is told of each one that is passed over
 * @returns undefined when there is none at all
 * @throws INVALID_CHECKPOINT when there are some and none is intact
 */
export async function latestCheckpoint(
  outputDir: string,
  warn: (message: string) => void,
): Promise<string | undefined> {
  let failure: unknown
  for (const step of await checkpointSteps(outputDir)) {
    const directory = checkpointFolder(outputDir, step)
    try {
      await verifyCheckpoint(directory)
      return directory
    } catch (error) {
      failure = error
      warn(`${error instanceof Error ? error.message : String(error)} Trying the one before it.`)
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}

/** The date that a checkpoint's rows were written with; undefined where it cannot be told. */
export async function renderedOn(directory: string): Promise<Date | undefined> {
  return readRenderedOn(await readFile(path.join(directory, runStateFile), 'utf8').catch(() => ''))
}

/**
 * Puts a run where a checkpoint left it: trained values, optimizer, updates done. Everything is read and checked before
 * anything is changed.
 *
 * @returns log and evaluations up to there
 * @throws FILE_NOT_FOUND, INVALID_CHECKPOINT; INVALID_ARGUMENT when settings, model or data are others
 */
export async function restoreCheckpoint(
  run: TrainingRun,
  ops: Ops,
  directory: string,
  fingerprint: RunFingerprint,
): Promise<StoredRun['record']> {
  await verifyCheckpoint(directory)
  const texts = {
    trainerState: await readFile(path.join(directory, trainerStateFile), 'utf8').catch(() => ''),
    runState: await readFile(path.join(directory, runStateFile), 'utf8').catch(() => ''),
  }
  const { step, updates, position, stored, record } = readRunRecord(directory, texts)
  assertSameRun(directory, stored, fingerprint)
  const { masters, vectors } = await readTensors(run, directory)
  const before = run.step
  run.step = step
  if (JSON.stringify(run.position()) !== JSON.stringify(position) || step > run.state().totalSteps) {
    run.step = before
    throw invalidCheckpoint(
      directory,
      `${runStateFile} must hold the position of update ${step}; it holds another`,
    )
  }
  await expectVectors(run, directory, vectors)
  run.optimizer.restoreState({ updates, vectors })
  putValues(run, ops, masters)
  return record
}

/** Puts the trained values of a checkpoint into the model: the best one's, at the end of a run. */
export async function restoreValues(run: TrainingRun, ops: Ops, directory: string): Promise<void> {
  await verifyCheckpoint(directory)
  putValues(run, ops, (await readTensors(run, directory)).masters)
}

async function readTensors(
  run: TrainingRun,
  directory: string,
): Promise<{ masters: Float32Array[]; vectors: Map<string, Float32Array | Uint8Array> }> {
  const tensors = await openTensors(directory)
  try {
    const names = new Set(run.trainable.map(({ path: name }) => `master.${name}`))
    const others = tensors.names.filter((name) => !names.has(name))
    const masters: Float32Array[] = []
    for (const { path: name, value } of run.trainable) {
      masters.push(await readTensor(directory, tensors, `master.${name}`, value.shape))
    }
    const vectors = new Map<string, Float32Array | Uint8Array>()
    for (const name of others) {
      if (tensors.info(name).dtype === 'U8') {
        vectors.set(name, (await tensors.read(name)).data)
        continue
      }
      const data = await readTensor(directory, tensors, name, tensors.info(name).shape)
      if (name.startsWith('exp_avg_sq') && data.some((value) => value < 0)) {
        throw invalidCheckpoint(directory, `${name} must not be negative`)
      }
      vectors.set(name, data)
    }
    return { masters, vectors }
  } finally {
    await tensors.close()
  }
}

async function openTensors(directory: string): Promise<SafetensorsFile> {
  try {
    return await openSafetensors(path.join(directory, optimizerFile))
  } catch (error) {
    throw invalidCheckpoint(directory, `${optimizerFile}: ${error instanceof Error ? error.message : ''}`)
  }
}

async function readTensor(
  directory: string,
  tensors: SafetensorsFile,
  name: string,
  shape: readonly number[],
): Promise<Float32Array> {
  if (!tensors.has(name)) throw invalidCheckpoint(directory, `${optimizerFile} has no ${name}`)
  const info = tensors.info(name)
  if (info.dtype !== 'F32' || info.shape.join() !== shape.join()) {
    throw invalidCheckpoint(directory, `${name} must be F32 [${shape}]; it is ${info.dtype} [${info.shape}]`)
  }
  const { data } = await tensors.readFloat32(name)
  if (!data.every(Number.isFinite)) {
    throw invalidCheckpoint(directory, `${name} holds a value that is not finite`)
  }
  return data
}

/** The vectors must be those of this run's optimizer, by name and length. */
async function expectVectors(
  run: TrainingRun,
  directory: string,
  vectors: OptimizerState['vectors'],
): Promise<void> {
  const own = (await run.optimizer.readState()).vectors
  const described = (of: OptimizerState['vectors']): string =>
    [...of]
      .map(([name, data]) => `${name} ${data instanceof Uint8Array ? 'U8' : 'F32'} [${data.length}]`)
      .sort()
      .join(', ')
  if (described(own) === described(vectors)) return
  throw invalidCheckpoint(
    directory,
    `the optimizer must have ${described(own)}; it has ${described(vectors)}`,
  )
}

function putValues(run: TrainingRun, ops: Ops, values: readonly Float32Array[]): void {
  for (const [i, parameter] of run.trainable.entries()) {
    const value = ops.keep(ops.upload(values[i] ?? new Float32Array(), parameter.value.shape))
    ops.free(parameter.value)
    parameter.value = value
  }
}
