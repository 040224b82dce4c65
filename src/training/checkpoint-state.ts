import path from 'node:path'
import { invalidCheckpoint } from './checkpoint-files.js'
import type { EvaluationState } from './evaluation-loop.js'
import { flopsPerToken } from './flops-per-token.js'
import type { LogWindowState } from './log-window.js'
import type { RunFingerprint } from './run-fingerprint.js'
import type { EvaluationLogEntry, TrainingLogEntry } from './training-log.js'
import { camelKeys, snakeKeys } from './training-log-file.js'
import type { RunPosition, TrainingRun } from './training-run.js'

/** The Trainer's file, under its names. */
export const trainerStateFile = 'trainer_state.json'
/** What the Trainer keeps in pickles: schedule, random numbers, data position; and what the run is recognized by. */
export const runStateFile = 'run_state.json'

/** What a run has told so far. */
export interface RunRecord {
  readonly log: readonly TrainingLogEntry[]
  readonly evalLog: readonly EvaluationLogEntry[]
  readonly evaluation: EvaluationState
  readonly window: LogWindowState
  /** What chat templates took for today. */
  readonly renderedOn: Date
}

/** Both files as text. */
export function stateFiles(
  run: TrainingRun,
  updates: number,
  { log, evalLog, evaluation, window, renderedOn }: RunRecord,
  fingerprint: RunFingerprint,
  outputDir: string,
): { trainerState: string; runState: string } {
  const { args, totalSteps, epoch, model } = run.state()
  const { bestMetric, bestStep, withoutGain } = evaluation
  const { earlyStoppingPatience, earlyStoppingThreshold } = args
  const trainerState = {
    ...{ bestGlobalStep: bestStep, bestMetric },
    bestModelCheckpoint: bestStep === undefined ? null : path.join(outputDir, `checkpoint-${bestStep}`),
    ...{ epoch, evalSteps: args.evalSteps, globalStep: run.step },
    ...{ isHyperParamSearch: false, isLocalProcessZero: true, isWorldProcessZero: true },
    logHistory: [...log, ...evalLog].sort((a, b) => a.step - b.step),
    ...{ loggingSteps: args.loggingSteps, maxSteps: totalSteps, numInputTokensSeen: 0 },
    ...{ numTrainEpochs: args.numTrainEpochs, saveSteps: args.saveSteps },
    ...{ totalFlos: flopsPerToken(model) * window.tokens, trialName: null, trialParams: null },
    trainBatchSize: args.perDeviceTrainBatchSize,
  }
  const stateful = {
    EarlyStoppingCallback: {
      args: {
        early_stopping_patience: earlyStoppingPatience,
        early_stopping_threshold: earlyStoppingThreshold,
      },
      attributes: { early_stopping_patience_counter: withoutGain },
    },
  }
  const runState = {
    ...{ globalStep: run.step, optimizerUpdates: updates, withoutGain },
    ...{ position: run.position(), window, fingerprint },
    renderedOn: renderedOn.toISOString(),
  }
  const text = (content: unknown): string => `${JSON.stringify(content, null, 2)}\n`
  return {
    trainerState: text({ ...(snakeKeys(trainerState) as object), stateful_callbacks: stateful }),
    runState: text(snakeKeys(runState)),
  }
}

/** The date in a checkpoint's run_state.json; undefined in one from before it was kept. */
export function readRenderedOn(runState: string): Date | undefined {
  const [, text = ''] = /"rendered_on": "([^"]+)"/.exec(runState) ?? []
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? undefined : date
}

export interface StoredRun {
  readonly step: number
  readonly updates: number
  readonly position: RunPosition
  readonly stored: RunFingerprint
  readonly record: Omit<RunRecord, 'renderedOn'>
}

/** @throws INVALID_CHECKPOINT for text that is no JSON of the written form, or two files of different steps */
export function readRunRecord(
  directory: string,
  texts: { readonly trainerState: string; readonly runState: string },
): StoredRun {
  const trainer = parse(directory, trainerStateFile, texts.trainerState)
  const run = parse(directory, runStateFile, texts.runState)
  const { globalStep: step, optimizerUpdates: updates } = run
  const { logHistory } = trainer
  const { window, position, fingerprint, withoutGain } = run as Record<string, unknown> & {
    window?: LogWindowState
    position?: RunPosition
    fingerprint?: RunFingerprint
  }
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
  const whole = isCount(step) && isCount(updates) && isCount(withoutGain) && Array.isArray(logHistory)
  if (!whole || !Array.isArray(window?.updates) || position === undefined || fingerprint === undefined) {
    throw invalidCheckpoint(directory, `${runStateFile} or ${trainerStateFile} lacks a field`)
  }
  if (trainer.globalStep !== step || updates !== step) {
    throw invalidCheckpoint(
      directory,
      `global_step must be the same in ${trainerStateFile} and ${runStateFile}`,
    )
  }
  const { arguments: stored } = (JSON.parse(texts.runState) as { fingerprint: RunFingerprint }).fingerprint
  const entries = logHistory as readonly object[]
  return {
    ...{ step, updates, position },
    stored: { ...fingerprint, arguments: stored },
    record: {
      log: entries.filter((entry): entry is TrainingLogEntry => 'loss' in entry),
      evalLog: entries.filter((entry): entry is EvaluationLogEntry => 'evalLoss' in entry),
      evaluation: {
        bestMetric: numberOr(trainer.bestMetric),
        bestStep: numberOr(trainer.bestGlobalStep),
        withoutGain,
      },
      window,
    },
  }
}

function numberOr(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function parse(directory: string, file: string, text: string): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(text)
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) {
      return camelKeys(content) as Record<string, unknown>
    }
  } catch {
    // Reported below.
  }
  throw invalidCheckpoint(directory, `${file} must hold one JSON object`)
}
