import { type ResolveModelOptions, resolveModelFolder } from '../hub/resolve-model-folder.js'
import type { LoraConfig } from '../lora/lora-config.js'
import type { ModelConfig } from '../models/model-config.js'
import { readConfigFile } from '../models/model-folder.js'
import { resolveWeightDtype, type WeightDtype, type WeightDtypeOption } from '../models/weight-dtype.js'
import { type BackendName, useBackend } from '../tensors/backend.js'
import { describeDriver } from '../tensors/native/cuda/nvidia-driver.js'
import type { Ops } from '../tensors/ops.js'
import {
  keyValueBytes,
  type MemoryPlan,
  type MemorySettings,
  planMemory,
  type WeightForm,
} from '../training/memory-plan.js'
import { resolveTrainingArguments, type TrainingArguments } from '../training/training-arguments.js'

export interface PlanTrainingOptions {
  /** Folder or hub repository; of the latter only the settings are downloaded. */
  readonly model: string
  readonly lora?: Partial<LoraConfig>
  readonly args?: Partial<Omit<TrainingArguments, 'outputDir'>>
  /** As `loadCausalLM` takes them. */
  readonly dtype?: WeightDtypeOption
  readonly loadIn4bit?: boolean | undefined
  readonly backend?: BackendName | undefined
  readonly hub?: ResolveModelOptions
  /** Bytes to plan for. Default: what is free on this machine now. */
  readonly freeBytes?: number | undefined
}

/** What the run takes with the base's weights held in another form. */
export interface PlanForm {
  readonly weights: WeightForm
  readonly weightBytes: number
  /** As `TrainingPlan.peakBytes`. */
  readonly peakBytes: number
  readonly fits: boolean
}

/** Settings that would need less memory. */
export interface PlanAlternative {
  readonly change: string
  readonly neededBytes: number
  readonly fits: boolean
}

export interface TrainingPlan {
  readonly memory: MemoryPlan
  /** Runtime of this backend, as this process holds it now. */
  readonly runtimeBytes: number
  /** Runtime and run together: the predicted peak of the process, and of the graphics card where there is one. */
  readonly peakBytes: number
  /** Of main memory; on a graphics card, all the card's. */
  readonly freeBytes: number
  readonly fits: boolean
  /** Keys and values of one row of full length while answering. */
  readonly keyValueBytes: number
  /** Memory of the graphics card: all but the runtime there, nothing on a processor. */
  readonly graphicsBytes: number
  /** Main memory: the runtime alone where a graphics card computes. */
  readonly mainBytes: number
  /** Weights in 32, 16 and 4 bits. */
  readonly forms: readonly PlanForm[]
  readonly tokensPerUpdate: number
  readonly updates: number
  readonly flopsPerToken: number
  readonly totalFlops: number
  /** Measured for two seconds with products of this model's shapes. */
  readonly flopsPerSecond: number
  readonly seconds: number
  readonly alternatives: readonly PlanAlternative[]
}

/**
 * What a run will take, before any weight is loaded: memory by the engine's own rules (`planMemory`), time from a probe of
 * the backend. Rows are planned at their full length; shorter ones take less.
 *
 * FLOPs per token are 4 N with a frozen base (forward and the activations' gradients) and 6 N with gradient checkpointing,
 * where N counts the matrices' parameters.
 *
 * @throws MODEL_NOT_FOUND, INVALID_CONFIG, UNSUPPORTED_MODEL, INVALID_ARGUMENT, as `resolveModelFolder`
 */
export async function planTraining(options: PlanTrainingOptions): Promise<TrainingPlan> {
  const folder = await resolveModelFolder(options.model, { ...options.hub, parts: 'config' })
  const { architecture, config } = await readConfigFile(folder)
  const args = resolveTrainingArguments(options.args)
  const { ops, name } = await useBackend(options.backend)
  const isOnCard = name === 'cuda'
  const freeBytes = options.freeBytes ?? (await availableBytes(isOnCard))
  const runtimeBytes = process.memoryUsage.rss()
  const specs = architecture.weightSpecs(config)
  const dtype = resolveWeightDtype(ops, options.dtype)
  const settings = {
    ...memorySettings(options, args, config, dtype),
    fusedAttention: ops.fusedAttention !== undefined,
  }
  const memory = planMemory(config, specs, settings)
  const tokensPerUpdate = settings.batchSize * settings.length * args.gradientAccumulationSteps
  const updates = Math.max(args.maxSteps, 0)
  const flopsPerToken = (args.gradientCheckpointing ? 6 : 4) * memory.matrixParameters
  const totalFlops = flopsPerToken * tokensPerUpdate * updates
  const flopsPerSecond = probe(ops, config, settings, dtype)
  return {
    ...{
      memory,
      runtimeBytes,
      freeBytes,
      tokensPerUpdate,
      updates,
      flopsPerToken,
      totalFlops,
      flopsPerSecond,
    },
    peakBytes: runtimeBytes + memory.total,
    fits: memory.total <= freeBytes,
    keyValueBytes: keyValueBytes(config, settings.length, dtype),
    graphicsBytes: isOnCard ? memory.total : 0,
    mainBytes: runtimeBytes + (isOnCard ? 0 : memory.total),
    forms: weightForms.map((weights) => {
      const { weights: weightBytes, total } = planMemory(config, specs, { ...settings, weights })
      return { weights, weightBytes, peakBytes: runtimeBytes + total, fits: total <= freeBytes }
    }),
    seconds: totalFlops / flopsPerSecond,
    alternatives: cheaper(settings, ops).map(([change, changed]) => {
      const { total } = planMemory(config, specs, changed)
      return { change, neededBytes: total, fits: total <= freeBytes }
    }),
  }
}

function memorySettings(
  { lora = {}, loadIn4bit = false }: PlanTrainingOptions,
  args: TrainingArguments,
  config: ModelConfig,
  dtype: WeightDtype,
): MemorySettings {
  const weights = loadIn4bit ? 'nf4' : dtype === 'float32' ? 'float32' : 'bfloat16'
  const longest = Math.min(args.maxLength, config.maxPositionEmbeddings)
  return {
    ...{ lora, weights, dtype, gradientCheckpointing: args.gradientCheckpointing, optim: args.optim },
    batchSize: args.perDeviceTrainBatchSize,
    length: Math.ceil(longest / args.padToMultipleOf) * args.padToMultipleOf,
  }
}

const weightForms: readonly WeightForm[] = ['float32', 'bfloat16', 'nf4']

/** Of a card all of it: TensorFlow has taken what is free there by the time somebody can ask. */
async function availableBytes(isOnCard: boolean): Promise<number> {
  const [card] = isOnCard ? (await describeDriver()).cards : []
  return card?.memoryBytes ?? process.availableMemory()
}

const halfWeights = '--dtype bfloat16'

/** Each remedy alone, then all of them together. */
function cheaper(settings: MemorySettings, { computeDtypes }: Ops): [string, MemorySettings][] {
  const halves = settings.weights === 'float32' && computeDtypes.includes('bfloat16')
  const remedies: [string, Partial<MemorySettings>, boolean][] = [
    ['--gradient-checkpointing', { gradientCheckpointing: true }, !settings.gradientCheckpointing],
    ['--optim adamw_8bit', { optim: 'adamw_8bit' }, settings.optim === 'adamw_torch'],
    [halfWeights, { weights: 'bfloat16', dtype: 'bfloat16' }, halves],
    ['--load-in-4bit', { weights: 'nf4' }, settings.weights !== 'nf4'],
    ['--per-device-train-batch-size 1', { batchSize: 1 }, settings.batchSize > 1],
    ['--max-length 512', { length: 512 }, settings.length > 512],
  ]
  const useful = remedies.filter(([, , helps]) => helps)
  const single = useful.map(([change, part]): [string, MemorySettings] => [change, { ...settings, ...part }])
  if (useful.length < 2) return single
  // 4 bits take less than 16, which they take the place of.
  const together = useful.filter(([change]) => change !== halfWeights)
  const all: MemorySettings = Object.assign({}, settings, ...together.map(([, part]) => part))
  return [...single, [together.map(([change]) => change).join(' '), all]]
}

const probeMs = 2000

/** Floating-point operations per second of the model's widest product, over two seconds. */
function probe(
  ops: Ops,
  { hiddenSize, intermediateSize }: ModelConfig,
  settings: MemorySettings,
  dtype: WeightDtype,
): number {
  const rows = Math.min(settings.batchSize * settings.length, 1024)
  return ops.scope(() => {
    const x = ops.full([rows, hiddenSize], 0.5, dtype)
    const weight = ops.full([intermediateSize, hiddenSize], 0.25, dtype)
    const multiply = (): void => ops.free(ops.matmul(x, weight, { transposeB: true }))
    multiply()
    const startedAt = performance.now()
    let count = 0
    for (; performance.now() - startedAt < probeMs; count++) multiply()
    const seconds = (performance.now() - startedAt) / 1000
    return (2 * rows * hiddenSize * intermediateSize * count) / seconds
  })
}
