import path from 'node:path'
import { writeFileAtomically } from '../atomic-file.js'
import { adapterOf } from '../lora/lora-adapter.js'
import type { TrainingState } from './callbacks/training-callback.js'
import type { EvaluationLogEntry, TrainingLogEntry } from './training-log.js'

const trainingLogFile = 'training_log.json'

export interface TrainingLogSummary {
  readonly status: 'completed' | 'stopped' | 'failed'
  readonly log: readonly TrainingLogEntry[]
  readonly evalLog: readonly EvaluationLogEntry[]
  readonly trainLoss: number
  readonly seconds: number
  readonly diagnosis: string | undefined
  readonly warnings: readonly string[]
}

/** Writes `training_log.json`: how the model was trained, every log entry, and the totals. Names are snake_case. */
export async function writeTrainingLog(
  directory: string,
  summary: TrainingLogSummary,
  state: TrainingState,
): Promise<void> {
  const { args, model, step } = state
  const adapter = adapterOf(model)
  const content = snakeKeys({
    status: summary.status,
    model: model.nameOrPath,
    backend: model.ops.name,
    rows: state.rowCount,
    trainableParameters: state.trainableParameters,
    trainingArguments: args,
    lora: adapter === undefined ? null : { ...adapter.config },
    steps: step,
    trainLoss: summary.trainLoss,
    trainRuntime: summary.seconds,
    trainStepsPerSecond: step / Math.max(summary.seconds, 1e-9),
    diagnosis: summary.diagnosis ?? null,
    warnings: summary.warnings,
    log: summary.log,
    evalLog: summary.evalLog,
  })
  await writeFileAtomically(path.join(directory, trainingLogFile), (append) =>
    append(`${JSON.stringify(content, null, 2)}\n`),
  )
}

/** `learningRate` → `learning_rate`, at every depth; undefined becomes null, so that every setting is listed. */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys)
  if (typeof value !== 'object' || value === null) return value ?? null
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeKeys(item),
    ]),
  )
}

/** The reverse of `snakeKeys`, but null stays null. */
export function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camelKeys(item),
    ]),
  )
}
