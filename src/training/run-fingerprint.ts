import { createHash } from 'node:crypto'
import { MedtuneError } from '../errors.js'
import { adapterOf } from '../lora/lora-adapter.js'
import type { CausalLM } from '../models/causal-lm.js'
import type { TokenizedExample } from './tokenized-example.js'
import type { TrainingArguments } from './training-arguments.js'
import { snakeKeys } from './training-log-file.js'

/** What must be the same for a run to go on as if never interrupted. */
export interface RunFingerprint {
  /** SHA-256 of the configuration and of the first values of every frozen weight. */
  readonly model: string
  /** SHA-256 of ids and labels. */
  readonly dataset: string
  readonly evalDataset: string
  readonly lora: string
  readonly arguments: Readonly<Record<string, unknown>>
}

/** Arguments that may differ: they decide what is written and when, not what is computed. */
const free: ReadonlySet<string> = new Set<keyof TrainingArguments>([
  ...(['outputDir', 'saveSteps', 'saveTotalLimit', 'loggingSteps', 'gradientCheckpointing'] as const),
  ...(['evalSteps', 'perDeviceEvalBatchSize', 'loadBestModelAtEnd'] as const),
  ...(['earlyStoppingPatience', 'earlyStoppingThreshold'] as const),
])

const valuesPerWeight = 64

export async function runFingerprint(
  model: CausalLM,
  args: TrainingArguments,
  examples: readonly TokenizedExample[],
  evalExamples: readonly TokenizedExample[],
): Promise<RunFingerprint> {
  const constant = args.lrSchedulerType.startsWith('constant')
  // With a constant learning rate a longer run begins as a shorter one does.
  const compared = Object.entries(args).filter(
    ([name]) => !free.has(name) && !(constant && (name === 'maxSteps' || name === 'numTrainEpochs')),
  )
  return {
    model: await modelHash(model),
    dataset: datasetHash(examples),
    evalDataset: datasetHash(evalExamples),
    lora: JSON.stringify(snakeKeys(adapterOf(model)?.config)),
    arguments: snakeKeys(Object.fromEntries(compared)) as Record<string, unknown>,
  }
}

/** @throws INVALID_ARGUMENT with every difference between the checkpoint's run and this one */
export function assertSameRun(directory: string, stored: RunFingerprint, own: RunFingerprint): void {
  const names = Object.keys(own.arguments)
  const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing'
  const differences = [
    ...(stored.model === own.model ? [] : ['the base model']),
    ...(stored.dataset === own.dataset ? [] : ['the training rows']),
    ...(stored.evalDataset === own.evalDataset ? [] : ['the evaluation rows']),
    ...(stored.lora === own.lora ? [] : ['the LoRA settings']),
    ...names
      .filter((name) => JSON.stringify(stored.arguments?.[name]) !== JSON.stringify(own.arguments[name]))
      .map(
        (name) => `${name} (${shown(stored.arguments?.[name])} there, ${shown(own.arguments[name])} here)`,
      ),
  ]
  if (differences.length === 0) return
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `${directory} must be of the same run to go on from it; different: ${differences.join(', ')}.` +
      ' Use the same settings, model and data, or start a new run without it.',
  )
}

async function modelHash(model: CausalLM): Promise<string> {
  const { ops } = model
  const hash = createHash('sha256').update(JSON.stringify(model.config.json))
  for (const { path, value, trainable } of model.parameters()) {
    if (trainable || value.dtype === 'uint8' || value.dtype === 'int32') continue
    const begin = value.shape.map(() => 0)
    const size = value.shape.map((length, axis) =>
      axis === value.shape.length - 1 ? Math.min(length, valuesPerWeight) : 1,
    )
    const first = ops.keep(ops.scope(() => ops.slice(value, begin, size)))
    const data = await ops.read(first)
    ops.free(first)
    // A run in another dtype has other losses: it is another run.
    hash.update(value.dtype === 'float32' ? path : `${path} ${value.dtype}`)
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest('hex')
}

function datasetHash(examples: readonly TokenizedExample[]): string {
  const hash = createHash('sha256')
  for (const { inputIds, labels, segmentLengths = [] } of examples) {
    const numbers = Int32Array.from([inputIds.length, ...inputIds, ...labels, ...segmentLengths])
    hash.update(Uint8Array.from(Buffer.from(numbers.buffer)))
  }
  return hash.digest('hex')
}
