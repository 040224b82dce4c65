import { MedtuneError } from '../errors.js'
import { type OptimizerName, optimizerNames } from './optimizers/create-optimizer.js'
import { schedules } from './schedulers/index.js'
import type { LrSchedulerType } from './schedulers/learning-rate-schedule.js'

export const tokenAccuracyMetric = 'eval_mean_token_accuracy'
export const bestModelMetrics: readonly ['eval_loss', typeof tokenAccuracyMetric] = [
  'eval_loss',
  tokenAccuracyMetric,
]

/** How to train. Names and meanings are Hugging Face's; the defaults are the documented configuration. */
export interface TrainingArguments {
  /** Rows in one forward pass. */
  readonly perDeviceTrainBatchSize: number
  /** Micro-batches whose gradients are summed for one update. */
  readonly gradientAccumulationSteps: number
  /** Updates over which the learning rate rises from 0. */
  readonly warmupSteps: number
  /** Warm-up as a part of all updates, instead of `warmupSteps`: ⌈N · ratio⌉. */
  readonly warmupRatio: number | undefined
  /** Updates in all; −1 trains `numTrainEpochs` epochs. */
  readonly maxSteps: number
  /** Passes over the data; used when `maxSteps` is −1. May be a fraction. */
  readonly numTrainEpochs: number
  readonly learningRate: number
  readonly lrSchedulerType: LrSchedulerType
  /** Decoupled weight decay; norms and biases are exempt. */
  readonly weightDecay: number
  readonly adamBeta1: number
  readonly adamBeta2: number
  readonly adamEpsilon: number
  /** `adamw_torch` keeps its two moments in float32, `adamw_8bit` in 8 bits (`paged_adamw_8bit` is the same). */
  readonly optim: OptimizerName
  /** Gradients are scaled down to this L2 norm; 0 switches clipping off. */
  readonly maxGradNorm: number
  /** Order of the rows, dropout. */
  readonly seed: number
  /** Updates per log entry; its loss is their mean. */
  readonly loggingSteps: number
  /** Updates between evaluations; 0 evaluates at the end only, where there is something to evaluate on. */
  readonly evalSteps: number
  /** Part of the rows that is set apart for evaluation where no `evalDataset` is given; 0 for none. */
  readonly evalFraction: number
  readonly perDeviceEvalBatchSize: number
  /** Ends with the values of the best evaluation instead of the last ones; each new best is saved as a checkpoint. */
  readonly loadBestModelAtEnd: boolean
  /** `eval_mean_token_accuracy` needs whole logits, one row's at a time, and takes longer. */
  readonly metricForBestModel: (typeof bestModelMetrics)[number]
  /** Undefined: a smaller loss and a greater accuracy is better. */
  readonly greaterIsBetter: boolean | undefined
  /** Evaluations without improvement after which training stops; 0 never stops. */
  readonly earlyStoppingPatience: number
  /** What counts as an improvement must be larger than this. */
  readonly earlyStoppingThreshold: number
  /** Rows of similar length together: less padding, a less random order. */
  readonly groupByLength: boolean
  /** Joins training rows up to `maxLength` tokens, each seeing itself only: less padding, the same loss. */
  readonly packing: boolean
  /** NEFTune: noise of α / √(T · E) on the embedded tokens while training; 0 for none. */
  readonly neftuneNoiseAlpha: number
  /** Tokens per row; what is longer is cut at the end, counted and warned about. */
  readonly maxLength: number
  /** Keep layer inputs only and run each layer again in backward: less memory, about a third more time. */
  readonly gradientCheckpointing: boolean
  /** Loss on the completion only. Undefined: on for prompt/completion rows, as in TRL. */
  readonly completionOnlyLoss: boolean | undefined
  /** Loss on the assistant's turns of conversations only. */
  readonly assistantOnlyLoss: boolean
  /** Ends every text row with the end-of-sequence token, without which a model never learns to stop. */
  readonly appendEos: boolean
  /** Draws the rows in a new order each epoch; false keeps the given order. */
  readonly shuffle: boolean
  /** Rows are padded to a multiple of this many tokens, so that fewer shapes occur. */
  readonly padToMultipleOf: number
  /** Updates between checkpoints in `outputDir`; 0 writes none. */
  readonly saveSteps: number
  /** How many checkpoints are kept: the newest. */
  readonly saveTotalLimit: number
  /** Where the adapter, `training_log.json` and checkpoints go, also when training is stopped. Undefined: nowhere. */
  readonly outputDir: string | undefined
}

export const defaultTrainingArguments: TrainingArguments = {
  perDeviceTrainBatchSize: 2,
  gradientAccumulationSteps: 4,
  warmupSteps: 5,
  warmupRatio: undefined,
  maxSteps: 100,
  numTrainEpochs: 3,
  learningRate: 2e-4,
  lrSchedulerType: 'linear',
  weightDecay: 0.01,
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamEpsilon: 1e-8,
  optim: 'adamw_torch',
  maxGradNorm: 1,
  seed: 3407,
  loggingSteps: 1,
  evalSteps: 0,
  evalFraction: 0,
  perDeviceEvalBatchSize: 8,
  loadBestModelAtEnd: false,
  metricForBestModel: 'eval_loss',
  greaterIsBetter: undefined,
  earlyStoppingPatience: 0,
  earlyStoppingThreshold: 0,
  groupByLength: false,
  packing: false,
  neftuneNoiseAlpha: 0,
  maxLength: 2048,
  gradientCheckpointing: false,
  completionOnlyLoss: undefined,
  assistantOnlyLoss: false,
  appendEos: true,
  shuffle: true,
  padToMultipleOf: 1,
  saveSteps: 0,
  saveTotalLimit: 2,
  outputDir: undefined,
}

interface Rule {
  readonly text: string
  holds(value: unknown): boolean
  readonly remedy: string
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const count = (minimum: number, remedy: string): Rule => ({
  text: `an integer ≥ ${minimum}`,
  holds: (value) => Number.isSafeInteger(value) && Number(value) >= minimum,
  remedy,
})
const between = (minimum: number, below: number, remedy: string): Rule => ({
  text: `≥ ${minimum} and < ${below}`,
  holds: (value) => isNumber(value) && value >= minimum && value < below,
  remedy,
})
const positive = (remedy: string): Rule => ({
  text: '> 0',
  holds: (value) => isNumber(value) && value > 0,
  remedy,
})
const flag = (remedy: string): Rule => ({
  text: 'true or false',
  holds: (value) => typeof value === 'boolean',
  remedy,
})
const optional = (rule: Rule): Rule => ({
  ...rule,
  holds: (value) => value === undefined || rule.holds(value),
})

const rules: Readonly<Record<keyof TrainingArguments, Rule>> = {
  perDeviceTrainBatchSize: count(1, 'Use 2, or 1 to save memory.'),
  gradientAccumulationSteps: count(1, 'Use 4, or more for a larger effective batch.'),
  warmupSteps: count(0, 'Use 5, or 0 for none.'),
  warmupRatio: optional(between(0, 1, 'Use 0.05, or leave it out.')),
  maxSteps: {
    text: 'an integer ≥ 1, or −1',
    holds: (value) => value === -1 || (Number.isSafeInteger(value) && Number(value) >= 1),
    remedy: 'Use 100, or −1 to train numTrainEpochs epochs.',
  },
  numTrainEpochs: positive('Use 3.'),
  learningRate: positive('Use 2e-4.'),
  lrSchedulerType: {
    text: `one of ${Object.keys(schedules).join(', ')}`,
    holds: (value) => typeof value === 'string' && Object.hasOwn(schedules, value),
    remedy: 'Use linear.',
  },
  weightDecay: between(0, 1e3, 'Use 0.01, or 0 for none.'),
  adamBeta1: between(0, 1, 'Use 0.9.'),
  adamBeta2: between(0, 1, 'Use 0.999.'),
  adamEpsilon: positive('Use 1e-8.'),
  optim: {
    text: `one of ${optimizerNames.join(', ')}`,
    holds: (value) => optimizerNames.includes(value as OptimizerName),
    remedy: 'Use adamw_torch, or adamw_8bit to save memory.',
  },
  maxGradNorm: between(0, Number.MAX_VALUE, 'Use 1, or 0 for no clipping.'),
  seed: count(0, 'Use 3407.'),
  loggingSteps: count(1, 'Use 1.'),
  evalSteps: count(0, 'Use 10, or 0 to evaluate at the end only.'),
  evalFraction: between(0, 1, 'Use 0.1, or 0 for none.'),
  perDeviceEvalBatchSize: count(1, 'Use 8.'),
  loadBestModelAtEnd: flag('Use true with evalSteps.'),
  metricForBestModel: {
    text: bestModelMetrics.join(' or '),
    holds: (value) => bestModelMetrics.some((metric) => metric === value),
    remedy: 'Leave it out.',
  },
  greaterIsBetter: optional(flag('Leave it out: a smaller loss and a greater accuracy is better.')),
  earlyStoppingPatience: count(0, 'Use 3, or 0 for none.'),
  earlyStoppingThreshold: between(0, Number.MAX_VALUE, 'Use 0.'),
  groupByLength: flag('Use true for rows of very unequal length.'),
  packing: flag('Use true for many short rows.'),
  neftuneNoiseAlpha: between(0, Number.MAX_VALUE, 'Use 5, or 0 for none.'),
  maxLength: count(2, 'Use 2048, or less to save memory.'),
  gradientCheckpointing: flag('Use true to save memory.'),
  completionOnlyLoss: optional(flag('Leave it out for the usual behaviour.')),
  assistantOnlyLoss: flag('Use true with conversations.'),
  appendEos: flag('Use true.'),
  shuffle: flag('Use true.'),
  padToMultipleOf: count(1, 'Use 1, or 64 where graphs are recorded per shape.'),
  saveSteps: count(0, 'Use 0 for no checkpoints.'),
  saveTotalLimit: count(1, 'Use 2.'),
  outputDir: {
    text: 'the path of a folder',
    holds: (value) => value === undefined || (typeof value === 'string' && value !== ''),
    remedy: 'Use lora_model_medical.',
  },
}

/**
 * The defaults with `given` over them.
 *
 * @throws INVALID_ARGUMENT for an unknown name, or a value that breaks its rule
 */
export function resolveTrainingArguments(given: Partial<TrainingArguments> = {}): TrainingArguments {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(rules, name))
  if (unknown !== undefined) {
    const known = Object.keys(rules).join(', ')
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `training argument must be one of ${known}; got "${unknown}". Check the spelling.`,
    )
  }
  const defined = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const resolved: TrainingArguments = { ...defaultTrainingArguments, ...defined }
  for (const [name, rule] of Object.entries(rules) as [keyof TrainingArguments, Rule][]) {
    if (rule.holds(resolved[name])) continue
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `${name} must be ${rule.text}; got ${String(resolved[name])}. ${rule.remedy}`,
    )
  }
  if (given.warmupRatio !== undefined && given.warmupSteps !== undefined) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `warmupSteps and warmupRatio must not both be given; got ${given.warmupSteps} and ${given.warmupRatio}. Leave one out.`,
    )
  }
  if (resolved.earlyStoppingPatience > 0 && !resolved.loadBestModelAtEnd) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'earlyStoppingPatience must go with loadBestModelAtEnd; it is off. Set it to true, so that the best values are kept.',
    )
  }
  if (resolved.loadBestModelAtEnd && (resolved.evalSteps === 0 || resolved.outputDir === undefined)) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `loadBestModelAtEnd must have evalSteps > 0 and an outputDir; got evalSteps ${resolved.evalSteps}. Set both.`,
    )
  }
  return resolved
}
