import { existsSync } from 'node:fs'
import { MedtuneError } from '../errors.js'
import { adapterOf } from '../lora/lora-adapter.js'
import { saveAdapter } from '../lora/save-adapter.js'
import type { CausalLM } from '../models/causal-lm.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { dashboardCallback } from './callbacks/dashboard-callback.js'
import type { TrainingCallback } from './callbacks/training-callback.js'
import {
  latestCheckpoint,
  renderedOn,
  restoreCheckpoint,
  restoreValues,
  saveCheckpoint,
} from './checkpoint.js'
import { checkpointFolder, cleanLeftovers } from './checkpoint-files.js'
import { DataCollator } from './data-collator.js'
import { planDataOrder } from './data-order.js'
import { EvaluationLoop } from './evaluation-loop.js'
import { LogWindow } from './log-window.js'
import { differsBetween, type PreparedRows, prepareRows } from './prepare-rows.js'
import { type RunFingerprint, runFingerprint } from './run-fingerprint.js'
import { embeddingRowsOf, untrainedTokenNotes } from './token-notes.js'
import { resolveTrainingArguments, type TrainingArguments } from './training-arguments.js'
import { diagnoseLoss, type EvaluationLogEntry, type TrainingLogEntry } from './training-log.js'
import { writeTrainingLog } from './training-log-file.js'
import type { TrainingRow } from './training-row.js'
import { TrainingRun, type UpdateResult } from './training-run.js'

export interface SFTTrainerOptions {
  /** Its trainable parameters are trained: an adapter's after `applyLora`, or all of a new model. */
  readonly model: CausalLM
  /** Needed for text rows. */
  readonly tokenizer?: Tokenizer | undefined
  readonly args?: Partial<TrainingArguments> | undefined
  readonly trainDataset: readonly TrainingRow[]
  /** Rows to evaluate on; without it `evalFraction` of the training rows. */
  readonly evalDataset?: readonly TrainingRow[] | undefined
  readonly callbacks?: readonly TrainingCallback[] | undefined
  /** Sentences for the user, told with the trainer's own warnings. */
  readonly notes?: readonly string[] | undefined
  /** Aborting it ends training after the micro-batch at hand; what is trained by then is saved. */
  readonly signal?: AbortSignal | undefined
}

export interface TrainingResult {
  readonly log: readonly TrainingLogEntry[]
  readonly evalLog: readonly EvaluationLogEntry[]
  /** Updates done. */
  readonly step: number
  /** `stopped` when the signal was aborted. */
  readonly status: 'completed' | 'stopped'
  /** Mean loss over all updates, those before a resumed checkpoint included. */
  readonly trainLoss: number
  readonly seconds: number
  /** What to try when the loss did not decrease. */
  readonly diagnosis: string | undefined
  readonly warnings: readonly string[]
}

/** What a run in progress has besides the device's side. */
interface Progress {
  readonly log: TrainingLogEntry[]
  readonly evalLog: EvaluationLogEntry[]
  readonly window: LogWindow
  readonly evaluation: EvaluationLoop
  readonly fingerprint: RunFingerprint
  readonly warnings: string[]
}

/**
 * Supervised fine-tuning: next-token cross-entropy on texts, prompt/completion pairs or token rows. Semantics are those
 * of TRL's SFTTrainer on transformers 5: the loss is normalized by the labels of the whole accumulated update, the first
 * of w warm-up updates has learning rate 0, the gradient norm is logged before clipping.
 */
export class SFTTrainer {
  readonly args: TrainingArguments
  readonly model: CausalLM
  private readonly dashboard = dashboardCallback()
  /** What chat templates take for today: of the run's start, also when it goes on another day. */
  private date = new Date()
  private rows: PreparedRows

  /** @throws INVALID_ARGUMENT, TRAINING_FAILED: see `resolveTrainingArguments` and `tokenizeRows` */
  constructor(private readonly options: SFTTrainerOptions) {
    this.model = options.model
    this.args = resolveTrainingArguments(options.args)
    this.rows = this.prepare()
    if (this.args.evalSteps > 0 && this.rows.evalExamples.length === 0) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `evalSteps (${this.args.evalSteps}) must have rows to evaluate on; there are none. Set evalFraction or evalDataset.`,
      )
    }
  }

  /**
   * Trains, and saves into `outputDir` where there is one: at the end, when stopped (with a checkpoint), and when the loss diverged.
   *
   * @param resumeFromCheckpoint folder of a checkpoint of the same run, or `latest`: the newest intact one in
   * `outputDir`; where that holds none, training starts from the beginning
   * @throws TRAINING_FAILED, OUT_OF_MEMORY, FILE_UNWRITABLE, INVALID_CHECKPOINT; what a callback throws
   */
  async train(resumeFromCheckpoint?: string): Promise<TrainingResult> {
    const { model, args } = this
    const notes: string[] = []
    const directory = await this.checkpointToResume(resumeFromCheckpoint, notes)
    if (directory !== undefined) await this.takeDateOf(directory)
    const { examples, evalExamples, warnings } = this.rows
    const lengths = examples.map(({ inputIds }) => inputIds.length)
    const run = new TrainingRun({
      model,
      args,
      order: planDataOrder(examples.length, args, lengths),
      examples,
      collator: this.collator(),
      signal: this.options.signal,
    })
    const progress: Progress = {
      log: [],
      evalLog: [],
      window: new LogWindow(),
      evaluation: new EvaluationLoop(model, evalExamples, this.collator(), args),
      fingerprint: await runFingerprint(model, args, examples, evalExamples),
      warnings: [
        ...(this.options.notes ?? []),
        ...warnings,
        ...(await untrainedTokenNotes(embeddingRowsOf(model), this.options.tokenizer, examples)),
        ...notes,
      ],
    }
    try {
      if (directory !== undefined) await this.resume(run, progress, directory)
      await this.tell((callback) => callback.onTrainBegin?.(run.state(), progress.warnings))
      return await this.runUpdates(run, progress)
    } finally {
      const state = run.state()
      run.dispose()
      await this.tell((callback) => callback.onTrainEnd?.(state))
    }
  }

  /** Writes the adapter, or the whole model when it has none. */
  async saveModel(directory: string): Promise<void> {
    if (adapterOf(this.model) === undefined) await saveCausalLM(this.model, directory)
    else await saveAdapter(this.model, directory)
  }

  private prepare(): PreparedRows {
    // Positions beyond the model's own were never trained and cannot be.
    const maxLength = Math.min(this.args.maxLength, this.model.config.maxPositionEmbeddings)
    return prepareRows(this.options, { ...this.args, maxLength }, this.date)
  }

  /** @param notes is told where there is none */
  private async checkpointToResume(from: string | undefined, notes: string[]): Promise<string | undefined> {
    const { outputDir } = this.args
    if (outputDir !== undefined) await cleanLeftovers(outputDir)
    if (from !== 'latest') return from
    const warn = (message: string): void => void notes.push(message)
    const latest = outputDir === undefined ? undefined : await latestCheckpoint(outputDir, warn)
    if (latest === undefined) warn('There is no checkpoint to resume from; training starts at the beginning.')
    return latest
  }

  /** A template that writes the date would make other rows of the same texts today. */
  private async takeDateOf(directory: string): Promise<void> {
    const date = await renderedOn(directory)
    if (date === undefined) return
    const differs = differsBetween(this.options, [this.date, date])
    this.date = date
    if (differs) this.rows = this.prepare()
  }

  private async resume(run: TrainingRun, progress: Progress, directory: string): Promise<void> {
    const record = await restoreCheckpoint(run, this.model.ops, directory, progress.fingerprint)
    progress.log.push(...record.log)
    progress.evalLog.push(...record.evalLog)
    progress.window.restore(record.window)
    progress.evaluation.restore(record.evaluation)
  }

  private async runUpdates(run: TrainingRun, progress: Progress): Promise<TrainingResult> {
    const { log, evalLog, window, warnings } = progress
    const { totalSteps } = run.state()
    let status: TrainingResult['status'] | 'failed' = 'failed'
    const result = (): TrainingResult => ({
      ...{ log, evalLog, step: run.step, status: status === 'failed' ? 'stopped' : status },
      ...{ ...window.totals(), diagnosis: diagnoseLoss(log), warnings },
    })
    try {
      let stopped = false
      while (run.step < totalSteps && !stopped && !progress.evaluation.isExhausted()) {
        const update = await run.update()
        if (update === undefined) stopped = true
        else await this.afterUpdate(run, progress, update)
      }
      if (stopped) await this.checkpointWhereStopped(run, progress)
      else await this.loadBest(run, progress)
      status = stopped ? 'stopped' : 'completed'
    } finally {
      await this.saveResult(run, result(), status)
    }
    return result()
  }

  private async afterUpdate(run: TrainingRun, progress: Progress, update: UpdateResult): Promise<void> {
    const { log, evalLog, window, evaluation } = progress
    const { args } = this
    const { step } = run
    const isLast = step === run.state().totalSteps
    window.add(update)
    if (step % args.loggingSteps === 0 || isLast) {
      const entry = window.close(run.state())
      log.push(entry)
      await this.tell((callback) => callback.onLog?.(entry, run.state()))
    }
    if (evaluation.isDue(step, isLast)) {
      const entry = await evaluation.evaluate(step, run.state().epoch)
      evalLog.push(entry)
      await this.tell((callback) => callback.onEvaluate?.(entry, run.state()))
    }
    await this.tell((callback) => callback.onStepEnd?.(run.state()))
    const isBest = args.loadBestModelAtEnd && evaluation.state().bestStep === step
    if (isBest || (args.saveSteps > 0 && step % args.saveSteps === 0)) await this.checkpoint(run, progress)
  }

  private async loadBest(run: TrainingRun, { evaluation }: Progress): Promise<void> {
    const { loadBestModelAtEnd, outputDir } = this.args
    const { bestStep } = evaluation.state()
    if (!loadBestModelAtEnd || outputDir === undefined || bestStep === undefined || bestStep === run.step)
      return
    await restoreValues(run, this.model.ops, checkpointFolder(outputDir, bestStep))
  }

  private async saveResult(
    run: TrainingRun,
    result: TrainingResult,
    status: TrainingResult['status'] | 'failed',
  ): Promise<void> {
    const { outputDir } = this.args
    if (outputDir === undefined) return
    await this.saveModel(outputDir)
    await writeTrainingLog(outputDir, { ...result, status }, run.state())
    await this.tell((callback) => callback.onSave?.(outputDir, run.state()))
  }

  /** So that a run that somebody stopped goes on where it was, with `latest`. */
  private async checkpointWhereStopped(run: TrainingRun, progress: Progress): Promise<void> {
    const { outputDir } = this.args
    if (outputDir === undefined || run.step === 0) return
    if (!existsSync(checkpointFolder(outputDir, run.step))) await this.checkpoint(run, progress)
  }

  /** A full disk costs this checkpoint, not the run: the ones before it are intact. */
  private async checkpoint(run: TrainingRun, progress: Progress): Promise<void> {
    const { outputDir } = this.args
    if (outputDir === undefined) return
    const { log, evalLog, evaluation, window, fingerprint, warnings } = progress
    try {
      const directory = await saveCheckpoint(run, this.model.ops, {
        outputDir,
        fingerprint,
        record: {
          log,
          evalLog,
          evaluation: evaluation.state(),
          window: window.state(),
          renderedOn: this.date,
        },
        saveModel: (folder) => this.saveModel(folder),
      })
      await this.tell((callback) => callback.onSave?.(directory, run.state()))
    } catch (error) {
      if (!(error instanceof MedtuneError && error.code === 'FILE_UNWRITABLE')) throw error
      const warning = `The checkpoint of update ${run.step} is not written; training goes on. ${error.message}`
      warnings.push(warning)
      await this.tell((callback) => callback.onWarning?.(warning, run.state()))
    }
  }

  private collator(): DataCollator {
    const { tokenizer } = this.options
    const padTokenId = tokenizer?.padTokenId ?? this.model.config.padTokenId ?? 0
    return new DataCollator({ padTokenId, padToMultipleOf: this.args.padToMultipleOf })
  }

  private async tell(call: (callback: TrainingCallback) => void | Promise<void>): Promise<void> {
    if (this.dashboard !== undefined) await call(this.dashboard)
    for (const callback of this.options.callbacks ?? []) await call(callback)
  }
}
