import { adapterOf } from '../lora/lora-adapter.js'
import { saveAdapter } from '../lora/save-adapter.js'
import type { CausalLM } from '../models/causal-lm.js'
import { saveCausalLM } from '../models/save-causal-lm.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import type { TrainingCallback } from './callbacks/training-callback.js'
import { restoreCheckpoint, saveCheckpoint } from './checkpoint.js'
import { DataCollator } from './data-collator.js'
import { planDataOrder } from './data-order.js'
import { LogWindow } from './log-window.js'
import { type TokenizedRows, tokenizeRows } from './tokenize-rows.js'
import { resolveTrainingArguments, type TrainingArguments } from './training-arguments.js'
import { diagnoseLoss, type TrainingLogEntry } from './training-log.js'
import { writeTrainingLog } from './training-log-file.js'
import type { TrainingRow } from './training-row.js'
import { TrainingRun } from './training-run.js'

export interface SFTTrainerOptions {
  /** Its trainable parameters are trained: an adapter's after `applyLora`, or all of a new model. */
  readonly model: CausalLM
  /** Needed for text rows. */
  readonly tokenizer?: Tokenizer | undefined
  readonly args?: Partial<TrainingArguments> | undefined
  readonly trainDataset: readonly TrainingRow[]
  readonly callbacks?: readonly TrainingCallback[] | undefined
  /** Aborting it ends training after the micro-batch at hand; what is trained by then is saved. */
  readonly signal?: AbortSignal | undefined
}

export interface TrainingResult {
  readonly log: readonly TrainingLogEntry[]
  /** Updates done. */
  readonly step: number
  /** `stopped` when the signal was aborted. */
  readonly status: 'completed' | 'stopped'
  /** Mean loss over all updates of this call. */
  readonly trainLoss: number
  readonly seconds: number
  /** What to try when the loss did not decrease. */
  readonly diagnosis: string | undefined
  readonly warnings: readonly string[]
}

/**
 * Supervised fine-tuning: next-token cross-entropy on texts, prompt/completion pairs or token rows. Semantics are those
 * of TRL's SFTTrainer on transformers 5: the loss is normalized by the labels of the whole accumulated update, the first
 * of w warm-up updates has learning rate 0, the gradient norm is logged before clipping.
 */
export class SFTTrainer {
  readonly args: TrainingArguments
  readonly model: CausalLM
  private readonly tokenized: TokenizedRows

  /** @throws INVALID_ARGUMENT, TRAINING_FAILED: see `resolveTrainingArguments` and `tokenizeRows` */
  constructor(private readonly options: SFTTrainerOptions) {
    this.model = options.model
    this.args = resolveTrainingArguments(options.args)
    // Positions beyond the model's own were never trained and cannot be.
    const maxLength = Math.min(this.args.maxLength, this.model.config.maxPositionEmbeddings)
    this.tokenized = tokenizeRows(options.trainDataset, options.tokenizer, { ...this.args, maxLength })
  }

  /**
   * Trains, and saves into `outputDir` where there is one: at the end, when stopped, and when the loss diverged.
   *
   * @param resumeFromCheckpoint folder of a checkpoint of the same run
   * @throws TRAINING_FAILED, OUT_OF_MEMORY, FILE_UNWRITABLE; what a callback throws
   */
  async train(resumeFromCheckpoint?: string): Promise<TrainingResult> {
    const { model, args } = this
    const order = planDataOrder(this.tokenized.examples.length, args)
    const run = new TrainingRun({
      model,
      args,
      order,
      examples: this.tokenized.examples,
      collator: this.collator(),
      signal: this.options.signal,
    })
    const log: TrainingLogEntry[] = []
    try {
      if (resumeFromCheckpoint !== undefined) {
        log.push(...(await restoreCheckpoint(run, model.ops, resumeFromCheckpoint)))
      }
      await this.tell((callback) => callback.onTrainBegin?.(run.state(), this.tokenized.warnings))
      return await this.runUpdates(run, log)
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

  private async runUpdates(run: TrainingRun, log: TrainingLogEntry[]): Promise<TrainingResult> {
    const { totalSteps, args } = run.state()
    const window = new LogWindow()
    let status: TrainingResult['status'] | 'failed' = 'failed'
    const result = (): TrainingResult => ({
      log,
      step: run.step,
      status: status === 'failed' ? 'stopped' : status,
      ...window.totals(),
      diagnosis: diagnoseLoss(log),
      warnings: this.tokenized.warnings,
    })
    try {
      while (run.step < totalSteps) {
        const update = await run.update()
        if (update === undefined) break
        window.add(update)
        if (run.step % args.loggingSteps === 0 || run.step === totalSteps) {
          const entry = window.close(run.state())
          log.push(entry)
          await this.tell((callback) => callback.onLog?.(entry, run.state()))
        }
        await this.tell((callback) => callback.onStepEnd?.(run.state()))
        if (args.saveSteps > 0 && run.step % args.saveSteps === 0) await this.checkpoint(run, log)
      }
      status = run.step < totalSteps ? 'stopped' : 'completed'
    } finally {
      await this.saveResult(run, result(), status)
    }
    return result()
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

  private async checkpoint(run: TrainingRun, log: readonly TrainingLogEntry[]): Promise<void> {
    const { outputDir } = this.args
    if (outputDir === undefined) return
    const directory = await saveCheckpoint(run, this.model.ops, outputDir, log, (folder) =>
      this.saveModel(folder),
    )
    await this.tell((callback) => callback.onSave?.(directory, run.state()))
  }

  private collator(): DataCollator {
    const { tokenizer } = this.options
    const padTokenId = tokenizer?.padTokenId ?? this.model.config.padTokenId ?? 0
    return new DataCollator({ padTokenId, padToMultipleOf: this.args.padToMultipleOf })
  }

  private async tell(call: (callback: TrainingCallback) => void | Promise<void>): Promise<void> {
    for (const callback of this.options.callbacks ?? []) await call(callback)
  }
}
