import { MedtuneError } from '../../errors.js'
import { defaultLoraConfig, type LoraConfig } from '../../lora/lora-config.js'
import { optimizerNames } from '../../training/optimizers/create-optimizer.js'
import { schedules } from '../../training/schedulers/index.js'
import {
  bestModelMetrics,
  defaultTrainingArguments,
  type TrainingArguments,
} from '../../training/training-arguments.js'
import type { OptionSpec, OptionValues } from './command.js'

// No spec here has a default: what is left out must stay apart from what is given, so that `--warmup-ratio` alone takes
// the place of the default `warmupSteps`. Help shows the defaults of the library.
const shown = (text: string, value: unknown): string => `${text} (default: ${String(value)})`
const t = defaultTrainingArguments

type ArgumentName = Exclude<keyof TrainingArguments, 'outputDir'>
type OptionFor<Value> = { readonly description: string } & ([Value] extends [boolean]
  ? { readonly type: 'boolean' }
  : [Value] extends [number]
    ? { readonly type: 'integer' | 'number' }
    : { readonly type: 'string'; readonly valueName: string; readonly choices: readonly (Value & string)[] })

function numberOption<Type extends 'integer' | 'number'>(
  type: Type,
  name: ArgumentName,
  text: string,
): { readonly type: Type; readonly description: string } {
  return { type, description: shown(text, t[name]) }
}
const integer = (name: ArgumentName, text: string) => numberOption('integer', name, text)
const number = (name: ArgumentName, text: string) => numberOption('number', name, text)
const flag = (name: ArgumentName, text: string) =>
  ({ type: 'boolean', description: shown(text, t[name]) }) as const

/** Every TrainingArguments field but `outputDir`, which is the command's own. */
export const trainingOptions: {
  readonly [Name in ArgumentName]: OptionFor<NonNullable<TrainingArguments[Name]>>
} = {
  maxSteps: integer('maxSteps', 'Updates in all; -1 trains --num-train-epochs.'),
  numTrainEpochs: number('numTrainEpochs', 'Passes over the data, with --max-steps -1.'),
  perDeviceTrainBatchSize: integer('perDeviceTrainBatchSize', 'Rows in one forward pass.'),
  gradientAccumulationSteps: integer('gradientAccumulationSteps', 'Forward passes per update.'),
  learningRate: number('learningRate', 'Peak learning rate.'),
  lrSchedulerType: {
    type: 'string',
    valueName: 'NAME',
    choices: Object.keys(schedules) as (keyof typeof schedules)[],
    description: shown('Course of the learning rate.', t.lrSchedulerType),
  },
  warmupSteps: integer('warmupSteps', 'Updates over which the learning rate rises.'),
  warmupRatio: { type: 'number', description: 'The same as a part of all updates.' },
  weightDecay: number('weightDecay', 'Decoupled weight decay.'),
  adamBeta1: number('adamBeta1', 'AdamW: decay of the mean.'),
  adamBeta2: number('adamBeta2', 'AdamW: decay of the mean square.'),
  adamEpsilon: number('adamEpsilon', 'AdamW: epsilon.'),
  optim: {
    type: 'string',
    valueName: 'NAME',
    choices: optimizerNames,
    description: shown('Optimizer; adamw_8bit keeps its moments in a quarter of the memory.', t.optim),
  },
  maxGradNorm: number('maxGradNorm', 'Gradient clipping; 0 for none.'),
  maxLength: integer('maxLength', 'Tokens per row; longer rows are cut.'),
  gradientCheckpointing: flag('gradientCheckpointing', 'Less memory, about a third more time.'),
  completionOnlyLoss: { type: 'boolean', description: 'Learn the answer only, not the prompt.' },
  assistantOnlyLoss: flag(
    'assistantOnlyLoss',
    "Write rows with the model's own chat template and learn the assistant's turns only.",
  ),
  appendEos: flag('appendEos', 'End every row with the end-of-sequence token.'),
  shuffle: flag('shuffle', 'A new order of the rows each epoch.'),
  padToMultipleOf: integer('padToMultipleOf', 'Row lengths are rounded up to it.'),
  loggingSteps: integer('loggingSteps', 'Updates per log entry.'),
  evalSteps: integer('evalSteps', 'Updates between evaluations; 0 for one at the end only.'),
  evalFraction: number('evalFraction', 'Part of the rows set apart for evaluation.'),
  perDeviceEvalBatchSize: integer('perDeviceEvalBatchSize', 'Rows in one forward pass of an evaluation.'),
  loadBestModelAtEnd: flag('loadBestModelAtEnd', 'End with the values of the best evaluation.'),
  metricForBestModel: {
    type: 'string',
    valueName: 'NAME',
    choices: bestModelMetrics,
    description: shown('What is best.', t.metricForBestModel),
  },
  greaterIsBetter: {
    type: 'boolean',
    description: 'Whether a greater metric is better (default: true for an accuracy).',
  },
  earlyStoppingPatience: integer('earlyStoppingPatience', 'Stop after so many evaluations without gain.'),
  earlyStoppingThreshold: number('earlyStoppingThreshold', 'Smallest change that counts as a gain.'),
  groupByLength: flag('groupByLength', 'Rows of similar length together.'),
  packing: flag('packing', 'Join short rows up to --max-length, each seeing itself only.'),
  neftuneNoiseAlpha: number('neftuneNoiseAlpha', 'NEFTune noise on embedded tokens; 0 for none.'),
  saveSteps: integer('saveSteps', 'Updates between checkpoints; 0 for none.'),
  saveTotalLimit: integer('saveTotalLimit', 'Checkpoints kept: the newest, and the best.'),
  seed: integer('seed', 'Seed of rows, adapter and dropout.'),
}

interface LoraOptionSpec<Type extends OptionSpec['type']> {
  readonly type: Type
  readonly description: string
  readonly configName?: string
  readonly valueName?: string
}
type LoraListSpec = LoraOptionSpec<'string'> & { readonly multiple: true }

/** Every LoraConfig field; `r` and `bias` carry a prefix on the command line, where they would say too little. */
export const loraOptions: {
  readonly loraR: LoraOptionSpec<'integer'>
  readonly loraAlpha: LoraOptionSpec<'number'>
  readonly loraDropout: LoraOptionSpec<'number'>
  readonly loraBias: LoraOptionSpec<'string'> & { readonly choices: readonly LoraConfig['bias'][] }
  readonly targetModules: LoraListSpec
  readonly layersToTransform: LoraListSpec
  readonly layersPattern: LoraListSpec
  readonly useRslora: LoraOptionSpec<'boolean'>
  readonly rankPattern: LoraListSpec
  readonly alphaPattern: LoraListSpec
  readonly modulesToSave: LoraListSpec
} = {
  loraR: {
    type: 'integer',
    configName: 'r',
    description: shown('Rank of the adapter.', defaultLoraConfig.r),
  },
  loraAlpha: { type: 'number', description: shown('Scale: alpha / r.', defaultLoraConfig.loraAlpha) },
  loraDropout: { type: 'number', description: shown('Dropout.', defaultLoraConfig.loraDropout) },
  loraBias: {
    type: 'string',
    choices: ['none'],
    configName: 'bias',
    description: 'Biases that are trained.',
  },
  targetModules: {
    type: 'string',
    valueName: 'NAMES',
    multiple: true,
    description: 'q_proj,v_proj …, a regular expression, or all-linear (the default).',
  },
  layersToTransform: {
    type: 'string',
    valueName: 'NUMBERS',
    multiple: true,
    description: 'Layers that get an adapter: 0,1,2 … (default: all).',
  },
  layersPattern: {
    type: 'string',
    valueName: 'NAME',
    multiple: true,
    description: 'Name of the list of layers, where a model has several.',
  },
  useRslora: { type: 'boolean', description: 'Scale by alpha / √r instead.' },
  rankPattern: {
    type: 'string',
    valueName: 'MODULE=R',
    multiple: true,
    description: 'Rank of some modules.',
  },
  alphaPattern: {
    type: 'string',
    valueName: 'MODULE=A',
    multiple: true,
    description: 'Alpha of some modules.',
  },
  modulesToSave: {
    type: 'string',
    valueName: 'NAMES',
    multiple: true,
    description: 'Modules trained in full: embed_tokens, lm_head, norm …',
  },
}

/** What was given of `TrainingArguments`. */
export function givenTrainingArguments(
  values: OptionValues<typeof trainingOptions>,
): Partial<Omit<TrainingArguments, 'outputDir'>> {
  const names = Object.keys(trainingOptions) as (keyof typeof trainingOptions)[]
  return Object.fromEntries(
    names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])),
  )
}

/** What was given of `LoraConfig`. */
export function givenLoraConfig(values: OptionValues<typeof loraOptions>): Partial<LoraConfig> {
  const { loraR, loraAlpha, loraDropout, loraBias, targetModules, useRslora } = values
  const all = {
    ...{ r: loraR, loraAlpha, loraDropout, bias: loraBias, useRslora },
    targetModules: targetModules.length === 0 ? undefined : parseTargets(targetModules),
    layersToTransform: parseLayers(values.layersToTransform),
    layersPattern: values.layersPattern.length === 0 ? undefined : values.layersPattern,
    rankPattern: parsePattern('rank-pattern', values.rankPattern),
    alphaPattern: parsePattern('alpha-pattern', values.alphaPattern),
    modulesToSave: values.modulesToSave.length === 0 ? undefined : parseNames(values.modulesToSave),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** A list of names where there are only names; otherwise one regular expression or `all-linear`. */
function parseTargets(given: readonly string[]): readonly string[] | string {
  const [only] = given
  const isNames = given.every((text) => /^[\w.,\s]+$/.test(text))
  if (given.length === 1 && only !== undefined && !isNames) return only
  return parseNames(given)
}

function parseNames(given: readonly string[]): readonly string[] {
  return given.flatMap((text) => text.split(',')).map((name) => name.trim())
}

function parseLayers(given: readonly string[]): readonly number[] | undefined {
  if (given.length === 0) return undefined
  return given
    .flatMap((text) => text.split(','))
    .map((text) => {
      if (/^\s*\d+\s*$/.test(text)) return Number(text)
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `--layers-to-transform must be layer numbers; got "${text}". Use for example 0,1,2.`,
      )
    })
}

function parsePattern(option: string, given: readonly string[]): Record<string, number> | undefined {
  if (given.length === 0) return undefined
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^(.+)=([\d.]+)$/.exec(text) ?? []
      if (name !== undefined) return [name, Number(value)]
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `--${option} must be MODULE=NUMBER; got "${text}". Use for example q_proj=8.`,
      )
    }),
  )
}
