import { adaptedModules, adapterSizes, type LoraConfig, resolveLoraConfig } from '../lora/lora-config.js'
import type { WeightSpec } from '../models/architecture.js'
import type { ModelConfig } from '../models/model-config.js'
import type { WeightDtype } from '../models/weight-dtype.js'
import type { OptimizerName } from './optimizers/create-optimizer.js'

/** How the base's weights are held. */
export type WeightForm = 'float32' | 'bfloat16' | 'nf4'

export interface MemorySettings {
  readonly lora: Partial<LoraConfig>
  /** B */
  readonly batchSize: number
  /** T */
  readonly length: number
  readonly gradientCheckpointing: boolean
  readonly weights: WeightForm
  /** What products run in. Default float32. */
  readonly dtype?: WeightDtype
  /** Default `adamw_torch`. */
  readonly optim?: OptimizerName
  /** Whether the backend attends without scores (`Ops.fusedAttention`). Default true. */
  readonly fusedAttention?: boolean
}

/** Bytes that a training run holds at its peak, by what they are for. */
export interface MemoryPlan {
  readonly weights: number
  /** What is trained (A, B, modules saved in full), and the values to fall back on. */
  readonly adapter: number
  /** AdamW's two moments. */
  readonly optimizer: number
  /** Summed gradients, and those of one micro-batch. */
  readonly gradients: number
  /** What the forward pass leaves for the backward pass, all layers. */
  readonly activations: number
  /** The largest intermediate results beside these: one layer's backward pass, the head's chunk, or the optimizer's step. */
  readonly working: number
  /** What loading leaves with the allocator, and recorded graphs. */
  readonly overhead: number
  readonly total: number
  /** Parameters of matrices (FLOPs follow from them), and those that are trained. */
  readonly matrixParameters: number
  readonly adapterParameters: number
}

const bytesPerValue = 4
/** A code, and the maximum that 256 of them share. */
const bytesPer8BitState = 1 + 4 / 256
/** NF4: half a byte, its block's absmax in 8 bits, that one's in 32. */
const bytesPerParameter: Record<WeightForm, number> = { float32: 4, bfloat16: 2, nf4: 0.5156 + 0.00024 }
/** Longest row whose attention probabilities are kept (as `training-pass.ts`). */
const longestKeptProbabilities = 1024
const queryChunk = 256
const headRows = 256
// Measured (`memory-plan.bench.ts`): what reading the largest tensor leaves behind, in copies of it and up to where the
// collector steps in, and the float32 vectors over all trained values that an optimizer's step holds beside its state.
const loadingResidue = 1.25
const largestResidueBytes = 128e6
const optimizerVectors = 17
const graphBytes = 10e6

/**
 * Predicts a LoRA run's memory from shapes alone, by the rules of the engine: what each layer keeps (models/README.md), the
 * head in chunks of 256 rows, gradients and moments as flat vectors.
 *
 * @param specs every tensor of the model, as its architecture lists them
 */
export function planMemory(
  config: ModelConfig,
  specs: readonly WeightSpec[],
  settings: MemorySettings,
): MemoryPlan {
  const linears = layerLinears(specs)
  const savedParameters = savedCount(specs, settings.lora)
  const adapterParameters = adapterCount(linears, settings.lora) + savedParameters
  const weights = weightBytes(specs, settings)
  const adapterBytes = adapterParameters * bytesPerValue
  const layer = layerValues(config, settings)
  const kept = settings.gradientCheckpointing
    ? config.numHiddenLayers * layer.input + layer.kept
    : config.numHiddenLayers * layer.kept
  const activations = kept * bytesPerValue
  const largest = Math.max(...linears.map(({ shape }) => elements(shape)))
  const backward = layer.backward + 2 * largest + heldMatrices(config, linears, settings)
  // A head or an embedding that is trained has a gradient of its own size: the sum, a chunk's, and what that is made of.
  const head = headValues(config, settings) + 4 * savedParameters
  // The head runs when all layers are kept, the first backward pass of a layer right after it.
  const working = Math.max(backward, head) * bytesPerValue
  const largestTensor = Math.max(...specs.map(({ shape }) => elements(shape)))
  const overhead = Math.min(loadingResidue * largestTensor * bytesPerValue, largestResidueBytes) + graphBytes
  const optimizer =
    2 * adapterParameters * (settings.optim?.endsWith('8bit') ? bytesPer8BitState : bytesPerValue)
  const state = { adapter: 2 * adapterBytes, optimizer, gradients: 2 * adapterBytes }
  const held = weights + state.adapter + state.optimizer + state.gradients
  // Activations are free again when the optimizer steps; about half of their room can be used for vectors.
  const step = Math.max(0, optimizerVectors * adapterBytes - activations / 2)
  const fullest = Math.max(working, step)
  return {
    ...{ weights, ...state, activations, working: fullest, overhead },
    total: held + activations + fullest + overhead,
    matrixParameters: linears.reduce(
      (sum, { shape }) => sum + elements(shape),
      config.vocabSize * config.hiddenSize,
    ),
    adapterParameters,
  }
}

/** Bytes of the keys and values of one row of `length` tokens while answering. */
export function keyValueBytes(config: ModelConfig, length: number, dtype: WeightDtype = 'float32'): number {
  const { numHiddenLayers, numKeyValueHeads, headDim } = config
  const bytes = bytesPerValue * shareOf(dtype)
  return 2 * numHiddenLayers * numKeyValueHeads * headDim * length * bytes
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** The matrices of the layers: those that adapters go on and that NF4 packs. */
function layerLinears(specs: readonly WeightSpec[]): WeightSpec[] {
  return specs.filter(({ path, shape }) => shape.length === 2 && path.includes('.layers.'))
}

/** What is not packed is held in the dtype of products. */
function weightBytes(specs: readonly WeightSpec[], { weights, dtype = 'float32' }: MemorySettings): number {
  const packed = new Set(weights === 'nf4' ? layerLinears(specs) : [])
  const dense = weights === 'nf4' ? bytesPerValue * shareOf(dtype) : bytesPerParameter[weights]
  return specs.reduce(
    (sum, spec) => sum + elements(spec.shape) * (packed.has(spec) ? bytesPerParameter.nf4 : dense),
    0,
  )
}

/** Values of the dense matrices that a checkpointed 4-bit layer keeps while it runs forward again and backward. */
function heldMatrices(
  { numHiddenLayers }: ModelConfig,
  linears: readonly WeightSpec[],
  { weights, gradientCheckpointing, dtype = 'float32' }: MemorySettings,
): number {
  if (weights !== 'nf4' || !gradientCheckpointing) return 0
  return (shareOf(dtype) * linears.reduce((sum, { shape }) => sum + elements(shape), 0)) / numHiddenLayers
}

/** Of 4 bytes. */
function shareOf(dtype: WeightDtype): number {
  return dtype === 'float32' ? 1 : 0.5
}

function adapterCount(linears: readonly WeightSpec[], lora: Partial<LoraConfig>): number {
  const config = resolveLoraConfig(lora)
  const paths = linears.map(({ path }) => path.replace(/\.weight$/, ''))
  const targets = new Set(adaptedModules(config, paths))
  return linears.reduce((sum, { shape }, i) => {
    const path = paths[i] ?? ''
    if (!targets.has(path)) return sum
    return sum + adapterSizes(config, path).r * ((shape[0] ?? 0) + (shape[1] ?? 0))
  }, 0)
}

/** Parameters of the modules outside the layers' matrices that are trained in full (`modulesToSave`). */
function savedCount(specs: readonly WeightSpec[], { modulesToSave = [] }: Partial<LoraConfig>): number {
  const matrices = new Set(layerLinears(specs))
  return specs
    .filter((spec) => !matrices.has(spec))
    .filter(({ path }) => modulesToSave.some((name) => path.replace(/\.[^.]*$/, '').endsWith(name)))
    .reduce((sum, { shape }) => sum + elements(shape), 0)
}

/**
 * Values that one layer keeps, its input, and what its backward pass adds at its fullest, as so many of 4 bytes: norms'
 * rows, the residual stream and what an activation function computes are float32, products' operands half of it in 16 bits.
 */
function layerValues(
  { hiddenSize, intermediateSize, numAttentionHeads, numKeyValueHeads, headDim }: ModelConfig,
  { batchSize, length, dtype = 'float32', fusedAttention = true }: MemorySettings,
): { kept: number; input: number; backward: number } {
  const each = shareOf(dtype)
  const tokens = batchSize * length
  const heads = (2 * numAttentionHeads + 2 * numKeyValueHeads) * headDim
  const scores = fusedAttention
    ? { kept: tokens * numAttentionHeads, backward: 2 * tokens * numAttentionHeads * headDim }
    : scoreValues(numAttentionHeads * batchSize, length, each)
  return {
    input: tokens * hiddenSize,
    kept: tokens * (2 * hiddenSize + 2 + each * (heads + 2 * intermediateSize)) + scores.kept,
    // Both blocks together: a recorded graph runs what it can side by side, and the allocator keeps what the first one used.
    backward: tokens * (6 * intermediateSize + 5 * hiddenSize + 2 * heads) + scores.backward,
  }
}

/** Probabilities of one layer in chunks of queries: kept, and what its backward pass makes of them. */
function scoreValues(rows: number, length: number, each: number): { kept: number; backward: number } {
  const chunk = Math.max(queryChunk, Math.floor(length / 8))
  let scores = 0
  for (let begin = 0; begin < length; begin += chunk) {
    const end = Math.min(begin + chunk, length)
    scores += (end - begin) * end
  }
  if (length > longestKeptProbabilities) {
    return { kept: 0, backward: 3 * each * rows * Math.min(chunk, length) * length }
  }
  return { kept: each * rows * scores, backward: 2 * each * rows * scores }
}

function headValues({ vocabSize, hiddenSize }: ModelConfig, { batchSize, length }: MemorySettings): number {
  const tokens = batchSize * length
  return 3 * Math.min(headRows, tokens) * vocabSize + 4 * tokens * hiddenSize
}
