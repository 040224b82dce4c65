import type { CausalLM } from '../../models/causal-lm.js'
import type { TrainingArguments } from '../training-arguments.js'
import type { EvaluationLogEntry, TrainingLogEntry } from '../training-log.js'

/** Where a run stands. */
export interface TrainingState {
  /** Updates done. */
  readonly step: number
  /** Updates in the whole run. */
  readonly totalSteps: number
  /** Passes over the data so far, as a fraction. */
  readonly epoch: number
  /** Rows of the data set. */
  readonly rowCount: number
  readonly trainableParameters: number
  readonly args: TrainingArguments
  readonly model: CausalLM
}

/** Is told of what happens in a run, and waited for. An exception of a callback ends the run. */
export interface TrainingCallback {
  onTrainBegin?(state: TrainingState, warnings: readonly string[]): void | Promise<void>
  onStepEnd?(state: TrainingState): void | Promise<void>
  onLog?(entry: TrainingLogEntry, state: TrainingState): void | Promise<void>
  onEvaluate?(entry: EvaluationLogEntry, state: TrainingState): void | Promise<void>
  /** Something to know about that does not end the run: a checkpoint that could not be written or read. */
  onWarning?(message: string, state: TrainingState): void | Promise<void>
  /** A folder has been written: a checkpoint or the result. */
  onSave?(directory: string, state: TrainingState): void | Promise<void>
  onTrainEnd?(state: TrainingState): void | Promise<void>
}
