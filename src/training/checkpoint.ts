import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomically } from '../atomic-file.js'
import { MedtuneError } from '../errors.js'
import type { Ops } from '../tensors/ops.js'
import { openSafetensors } from '../tensors/safetensors.js'
import { writeSafetensors } from '../tensors/safetensors-writer.js'
import type { TrainingLogEntry } from './training-log.js'
import { snakeKeys } from './training-log-file.js'
import type { TrainingRun } from './training-run.js'

const stateFile = 'trainer_state.json'
/** Master values of what is trained and the optimizer's vectors, in the engine's own order: only for resuming. */
const optimizerFile = 'optimizer.safetensors'

/**
 * Writes `checkpoint-{step}`: the model as `saveModel` writes it, the optimizer, and `trainer_state.json`; then removes
 * the oldest checkpoints beyond `saveTotalLimit`. A checkpoint appears under its name only when it is whole.
 *
 * @returns the checkpoint's folder
 */
export async function saveCheckpoint(
  run: TrainingRun,
  ops: Ops,
  outputDir: string,
  log: readonly TrainingLogEntry[],
  saveModel: (directory: string) => Promise<void>,
): Promise<string> {
  const { args, totalSteps, epoch } = run.state()
  const directory = path.join(outputDir, `checkpoint-${run.step}`)
  const staging = path.join(outputDir, `.checkpoint-${run.step}.partial`)
  await rm(staging, { recursive: true, force: true })
  await mkdir(staging, { recursive: true })
  await saveModel(staging)
  const { updates, vectors } = await run.optimizer.readState()
  await writeSafetensors(path.join(staging, optimizerFile), [
    ...run.trainable.map(({ path: name, value }) => ({
      name: `master.${name}`,
      dtype: 'F32' as const,
      shape: value.shape,
      data: () => ops.read(value),
    })),
    ...[...vectors].map(([name, data]) => ({ name, dtype: 'F32' as const, shape: [data.length], data })),
  ])
  const state = {
    ...{ globalStep: run.step, optimizerUpdates: updates, epoch, maxSteps: totalSteps },
    ...{ numTrainEpochs: args.numTrainEpochs, loggingSteps: args.loggingSteps, saveSteps: args.saveSteps },
    trainBatchSize: args.perDeviceTrainBatchSize,
    logHistory: log,
  }
  await writeFileAtomically(path.join(staging, stateFile), (append) =>
    append(`${JSON.stringify(snakeKeys(state), null, 2)}\n`),
  )
  await rm(directory, { recursive: true, force: true })
  await rename(staging, directory)
  await removeOldCheckpoints(outputDir, args.saveTotalLimit)
  return directory
}

async function removeOldCheckpoints(outputDir: string, limit: number): Promise<void> {
  const steps = (await readdir(outputDir))
    .flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a)
  for (const step of steps.slice(limit)) {
    await rm(path.join(outputDir, `checkpoint-${step}`), { recursive: true, force: true })
  }
}

/**
 * Puts a run where a checkpoint left it: trained values, optimizer, updates done. Learning rate, rows and dropout follow
 * from the number of updates.
 *
 * @returns the log up to there
 * @throws FILE_NOT_FOUND, INVALID_SAFETENSORS, INVALID_CONFIG, INVALID_ARGUMENT when it is another model's
 */
export async function restoreCheckpoint(
  run: TrainingRun,
  ops: Ops,
  directory: string,
): Promise<TrainingLogEntry[]> {
  const tensors = await openSafetensors(path.join(directory, optimizerFile))
  try {
    const state = await readState(path.join(directory, stateFile))
    const values = []
    for (const { path: name } of run.trainable) values.push(await tensors.readFloat32(`master.${name}`))
    const vectors = new Map<string, Float32Array>()
    for (const name of tensors.names.filter((name) => !name.startsWith('master.'))) {
      vectors.set(name, (await tensors.readFloat32(name)).data)
    }
    run.optimizer.restoreState({ updates: state.optimizerUpdates, vectors })
    for (const [i, parameter] of run.trainable.entries()) {
      const data = values[i]?.data ?? new Float32Array()
      const value = ops.keep(ops.upload(data, parameter.value.shape))
      ops.free(parameter.value)
      parameter.value = value
    }
    run.step = state.globalStep
    return state.log
  } finally {
    await tensors.close()
  }
}

async function readState(
  file: string,
): Promise<{ globalStep: number; optimizerUpdates: number; log: TrainingLogEntry[] }> {
  let json: Readonly<Record<string, unknown>>
  try {
    json = { ...JSON.parse(await readFile(file, 'utf8')) }
  } catch (cause) {
    throw new MedtuneError(
      'INVALID_CONFIG',
      `${file} must be readable JSON. Resume from another checkpoint.`,
      {
        cause,
      },
    )
  }
  const { global_step: globalStep, optimizer_updates: optimizerUpdates, log_history: history } = json
  if (
    !Number.isSafeInteger(globalStep) ||
    !Number.isSafeInteger(optimizerUpdates) ||
    !Array.isArray(history)
  ) {
    throw new MedtuneError(
      'INVALID_CONFIG',
      `${file} must hold global_step, optimizer_updates and log_history. Resume from another checkpoint.`,
    )
  }
  const log = history.map((entry: Record<string, unknown>) => camelKeys(entry) as unknown as TrainingLogEntry)
  return { globalStep: Number(globalStep), optimizerUpdates: Number(optimizerUpdates), log }
}

function camelKeys(entry: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
}
