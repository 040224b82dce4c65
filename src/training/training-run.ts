import { setImmediate as nextTurn } from 'node:timers/promises'
import { MedtuneError } from '../errors.js'
import { moduleSeed } from '../lora/module-seed.js'
import type { CausalLM, TokenBatch } from '../models/causal-lm.js'
import type { Parameter } from '../models/parameter.js'
import type { Tensor } from '../tensors/ops.js'
import { Random } from '../tensors/random.js'
import type { TrainingState } from './callbacks/training-callback.js'
import type { DataCollator } from './data-collator.js'
import type { DataOrder } from './data-order.js'
import { GradientAccumulator } from './gradient-accumulator.js'
import { createOptimizer } from './optimizers/create-optimizer.js'
import { elements } from './optimizers/flat-vector.js'
import type { Optimizer } from './optimizers/optimizer.js'
import { schedules } from './schedulers/index.js'
import { labelCount, type TokenizedExample } from './tokenized-example.js'
import type { TrainingArguments } from './training-arguments.js'

/** Figures of one update. */
export interface UpdateResult {
  /** Cross-entropy per label, over all micro-batches of the update. */
  readonly loss: number
  readonly gradNorm: number
  readonly learningRate: number
  /** Tokens run through the model, without padding. */
  readonly tokens: number
}

export interface TrainingRunOptions {
  readonly model: CausalLM
  readonly args: TrainingArguments
  readonly examples: readonly TokenizedExample[]
  readonly order: DataOrder
  readonly collator: DataCollator
  readonly signal: AbortSignal | undefined
}

/** Everything random in the next update follows from these; a checkpoint stores them to be checked on resume. */
export interface RunPosition {
  readonly epoch: number
  readonly microBatchesDone: number
  readonly orderSeed: number
  readonly dropoutSeed: number
  readonly learningRate: number
}

/** Added to the norm before dividing by it, as PyTorch's `clip_grad_norm_` does. */
const clippingEpsilon = 1e-6

/** Updates of a small learning rate are lost in fewer bits than float32 has, and packed weights have no gradient. */
function parametersToTrain(model: CausalLM): readonly Parameter[] {
  const trainable = model.parameters().filter((parameter) => parameter.trainable)
  if (trainable.length === 0)
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'the model must have something to train; all its parameters are frozen. Call applyLora, or set parameter.trainable.',
    )
  const other = trainable.find(({ value }) => value.dtype !== 'float32')
  if (other !== undefined)
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `parameters that train must be float32; ${other.path} is ${other.value.dtype}. Call applyLora and leave the model's own weights frozen, or load it with dtype 'float32' and without loadIn4bit.`,
    )
  return trainable
}

/** The device side of one run: optimizer, gradients, and the values to fall back on. Dispose of it. */
export class TrainingRun {
  /** Updates done. */
  step = 0
  readonly optimizer: Optimizer
  readonly trainable: readonly Parameter[]
  private readonly accumulator: GradientAccumulator
  /** Values that are known to have given a finite loss; undefined until the first update. */
  private lastGood: Tensor[] | undefined

  constructor(private readonly options: TrainingRunOptions) {
    const { model, args } = options
    this.trainable = parametersToTrain(model)
    this.optimizer = createOptimizer(model.ops, this.trainable, {
      optim: args.optim,
      beta1: args.adamBeta1,
      beta2: args.adamBeta2,
      epsilon: args.adamEpsilon,
      weightDecay: args.weightDecay,
    })
    this.accumulator = new GradientAccumulator(model.ops, this.optimizer.groups)
  }

  /**
   * Gradients of the update's micro-batches, clipping, optimizer, schedule.
   *
   * @returns undefined when the signal was aborted first: parameters are then those of the last whole update
   * @throws TRAINING_FAILED for a loss or gradient that is not finite, with the last good values put back
   */
  async update(): Promise<UpdateResult | undefined> {
    const { args } = this.options
    try {
      const accumulated = await this.accumulate()
      if (accumulated === undefined) return undefined
      const gradNorm = await this.accumulator.norm()
      if (!Number.isFinite(accumulated.loss) || !Number.isFinite(gradNorm)) {
        throw await this.diverged(accumulated.loss, gradNorm)
      }
      const { maxGradNorm } = args
      const learningRate = this.learningRate()
      const gradientScale = maxGradNorm === 0 ? 1 : Math.min(1, maxGradNorm / (gradNorm + clippingEpsilon))
      this.rememberValues()
      this.optimizer.update(this.accumulator.gradients(), { learningRate, gradientScale })
      this.step++
      return { ...accumulated, gradNorm, learningRate }
    } catch (error) {
      throw error instanceof MedtuneError && error.code === 'OUT_OF_MEMORY' ? outOfMemory(args, error) : error
    } finally {
      this.accumulator.clear()
    }
  }

  /** Of the next update. */
  learningRate(): number {
    const { args, order } = this.options
    const { warmupRatio, warmupSteps, learningRate, lrSchedulerType } = args
    const warmup = warmupRatio === undefined ? warmupSteps : Math.ceil(order.totalUpdates * warmupRatio)
    return learningRate * schedules[lrSchedulerType].factor(this.step, warmup, order.totalUpdates)
  }

  /** Where in the data and in the random numbers the next update begins. */
  position(): RunPosition {
    const { args, order } = this.options
    const epoch = Math.floor(this.step / order.updatesPerEpoch)
    return {
      epoch,
      microBatchesDone: (this.step % order.updatesPerEpoch) * args.gradientAccumulationSteps,
      orderSeed: args.seed + epoch,
      dropoutSeed: this.dropoutSeed(0),
      learningRate: this.learningRate(),
    }
  }

  state(): TrainingState {
    const { model, args, order, examples } = this.options
    return {
      step: this.step,
      totalSteps: order.totalUpdates,
      epoch: this.step === 0 ? 0 : order.epochAfter(this.step - 1),
      rowCount: examples.length,
      trainableParameters: this.trainable.reduce((sum, { value }) => sum + elements(value), 0),
      args,
      model,
    }
  }

  dispose(): void {
    this.accumulator.clear()
    this.optimizer.dispose()
    this.forgetValues()
  }

  private async accumulate(): Promise<{ loss: number; tokens: number } | undefined> {
    const { model, args, signal } = this.options
    const batches = this.batches()
    const lossDivisor = batches.reduce((sum, batch) => sum + batchLabelCount(batch.batch), 0)
    let [lossSum, tokens] = [0, 0]
    for (const [index, { batch, tokenCount }] of batches.entries()) {
      // The engine is synchronous: without a turn of the event loop no signal would ever arrive.
      await nextTurn()
      if (signal?.aborted) return undefined
      const { lossSum: added } = await model.lossAndGradients(batch, {
        lossDivisor,
        gradientCheckpointing: args.gradientCheckpointing,
        sink: this.accumulator.sink,
        dropoutSeed: this.dropoutSeed(index),
        ...this.noise(batch, index),
      })
      this.accumulator.endMicroBatch()
      lossSum += added
      tokens += tokenCount
    }
    return { loss: lossSum / lossDivisor, tokens }
  }

  private dropoutSeed(microBatch: number): number {
    const { seed, gradientAccumulationSteps } = this.options.args
    return seed + this.step * gradientAccumulationSteps + microBatch
  }

  /** @see Jain et al., "NEFTune: Noisy Embeddings Improve Instruction Finetuning" (2023) */
  private noise({ length, batchSize }: TokenBatch, microBatch: number): { embeddingNoise?: Float32Array } {
    const { args, model } = this.options
    if (args.neftuneNoiseAlpha === 0) return {}
    const { hiddenSize } = model.config
    const bound = args.neftuneNoiseAlpha / Math.sqrt(length * hiddenSize)
    const random = new Random(moduleSeed(this.dropoutSeed(microBatch), 'neftune'))
    return {
      embeddingNoise: Float32Array.from({ length: batchSize * length * hiddenSize }, () =>
        random.uniform(-bound, bound),
      ),
    }
  }

  private batches(): { batch: TokenBatch; tokenCount: number }[] {
    const { examples, order, collator } = this.options
    return order.microBatches(this.step).map((rows) => {
      const chosen = rows.map((row) => examples[row] as TokenizedExample)
      const tokenCount = chosen.reduce((sum, { inputIds }) => sum + inputIds.length, 0)
      return { batch: collator.collate(chosen), tokenCount }
    })
  }

  /** The values that have just given a finite loss are good ones; new handles share their memory. */
  private rememberValues(): void {
    const { ops } = this.options.model
    this.forgetValues()
    this.lastGood = this.trainable.map(({ value }) => ops.keep(ops.addN([value])))
  }

  private forgetValues(): void {
    this.options.model.ops.free(...(this.lastGood ?? []))
    this.lastGood = undefined
  }

  /** In the order of computing: weights, loss, gradients from the last layer down. */
  private async firstNonFinite(loss: number): Promise<string> {
    const { ops } = this.options.model
    for (const { path, value } of this.trainable) {
      if (isBroken(await ops.read(value))) return `the value of ${path}`
    }
    if (!Number.isFinite(loss)) return 'the loss'
    const gradients = this.accumulator.gradients()
    for (const [i, { parameters }] of this.optimizer.groups.entries()) {
      const flat = gradients[i] === undefined ? new Float32Array() : await ops.read(gradients[i])
      let end = flat.length
      for (const { path, value } of [...parameters].reverse()) {
        const begin = end - elements(value)
        if (isBroken(flat.subarray(begin, end))) return `the gradient of ${path}`
        end = begin
      }
    }
    return 'the gradient norm'
  }

  private async diverged(loss: number, gradNorm: number): Promise<MedtuneError> {
    const { ops } = this.options.model
    const culprit = await this.firstNonFinite(loss)
    const { lastGood } = this
    if (lastGood !== undefined) {
      ops.free(...this.trainable.map(({ value }) => value))
      for (const [i, parameter] of this.trainable.entries()) parameter.value = lastGood[i] as Tensor
      this.lastGood = undefined
    }
    const { learningRate } = this.options.args
    return new MedtuneError(
      'TRAINING_FAILED',
      `loss and gradient must be finite; got loss ${loss} and gradient norm ${gradNorm} in update ${this.step + 1}. First not finite: ${culprit}.` +
        ` The values before the last update are put back. Lower learningRate (${learningRate}), or check the data for broken rows.`,
    )
  }
}

function isBroken(values: Float32Array): boolean {
  return values.some((value) => !Number.isFinite(value))
}

function batchLabelCount({ labels, batchSize, length }: TokenBatch): number {
  return Array.from({ length: batchSize }, (_, row) =>
    labelCount(labels.subarray(row * length, (row + 1) * length)),
  ).reduce((sum, count) => sum + count, 0)
}

function outOfMemory(args: TrainingArguments, cause: MedtuneError): MedtuneError {
  const { perDeviceTrainBatchSize, gradientAccumulationSteps, maxLength, gradientCheckpointing } = args
  return new MedtuneError(
    'OUT_OF_MEMORY',
    `training needs more memory than there is. Lower perDeviceTrainBatchSize (${perDeviceTrainBatchSize}) and raise` +
      ` gradientAccumulationSteps (${gradientAccumulationSteps}), ${gradientCheckpointing ? '' : 'set gradientCheckpointing, '}` +
      `lower maxLength (${maxLength}), or use a smaller model. ${cause.message}`,
    { cause },
  )
}
