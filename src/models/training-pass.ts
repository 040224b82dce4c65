import { type HeadLoss, headLoss, type LabelledRows } from '../tensors/fused/head-loss.js'
import type { Tensor } from '../tensors/ops.js'
import type { GradientOptions, TokenBatch } from './causal-lm.js'
import { type DecoderStack, headWeight, stackParameters, tablesFor } from './decoder-stack.js'
import type { DecoderLayer, LayerActivations } from './layers/decoder-layer.js'
import { productMatrix } from './layers/linear-weight.js'
import {
  packActivations,
  recordedBackward,
  recordedForward,
  recordedForwardForBackward,
} from './layers/recorded-layer.js'
import { type SequenceTables, tablesOf } from './layers/sequence-tables.js'
import type { GradientSink, RunContext } from './parameter.js'

/** Longest row whose attention probabilities are kept for backward: beyond it, making them again is cheaper than T² memory. */
const longestKeptProbabilities = 1024

interface Pass {
  readonly stack: DecoderStack
  readonly context: RunContext
  readonly tables: readonly SequenceTables[]
  /** T */
  readonly length: number
  readonly options: GradientOptions
  /** First layer that the backward pass reaches. */
  readonly lowest: number
}

/** What a layer left for its backward pass: its input when checkpointing, its activations otherwise. */
type Kept = { readonly input: Tensor } | { readonly activations: LayerActivations }

/**
 * Forward and backward of one micro-batch. Every intermediate is freed at its last use; layers below the lowest
 * trainable parameter keep nothing and are not visited backward.
 *
 * @param labelled positions with a label, at least one
 * @returns cross-entropy of each labelled position, float32 [n], owned by the open scope
 * @see Chen et al., "Training Deep Nets with Sublinear Memory Cost" (2016), for checkpointing
 */
export function trainingPass(
  stack: DecoderStack,
  batch: TokenBatch,
  labelled: LabelledRows,
  given: GradientOptions,
): Tensor {
  const { ops } = stack
  const { dropoutSeed } = given
  const context: RunContext = dropoutSeed === undefined ? { ops } : { ops, dropoutSeed }
  const options = inRangeOf(stack, given)
  return ops.scope(() => {
    for (const layer of stack.layers) layer.endDecoding(ops)
    const tables = tablesFor(stack, batch)
    const { length } = batch
    const pass: Pass = { stack, context, tables, length, options, lowest: lowestTrainable(stack) }
    const ids = ops.upload(batch.inputIds, [batch.inputIds.length])
    const { x, kept } = forwardKeeping(pass, ids)
    const { losses, dx, dTied } = headForwardAndBackward(pass, x, labelled)
    const dEmbedded = backwardThroughLayers(pass, dx, kept)
    if (dEmbedded !== undefined) {
      stack.embedding.backward(context, ids, dEmbedded, dTied, options.sink)
    }
    return losses
  })
}

/**
 * float16 loses numbers below 6e-5: there the gradients inside the model are those of the summed loss, which are of the
 * order of one, and are divided on their way out, in float32.
 */
function inRangeOf(stack: DecoderStack, options: GradientOptions): GradientOptions {
  const { ops } = stack
  const halves = stackParameters(stack).some(({ value }) => value.dtype === 'float16')
  if (!halves) return options
  const sink: GradientSink = (parameter, gradient) => {
    const divided = ops.scale(gradient, 1 / options.lossDivisor)
    ops.free(gradient)
    options.sink(parameter, divided)
  }
  return { ...options, lossDivisor: 1, sink }
}

/** Index of the first layer with something to train in it or below it; the number of layers when there is none. */
function lowestTrainable({ embedding, layers }: DecoderStack): number {
  if (embedding.weight.trainable) return 0
  const index = layers.findIndex((layer) => layer.parameters().some((parameter) => parameter.trainable))
  return index < 0 ? layers.length : index
}

function forwardKeeping(pass: Pass, ids: Tensor): { x: Tensor; kept: Kept[] } {
  const { stack, lowest } = pass
  const kept: Kept[] = []
  let x = embedded(pass, ids)
  stack.layers.forEach((layer, index) => {
    const input = x
    const { output, keeps } =
      index < lowest ? forwardOnly(pass, layer, input) : forwardLayer(pass, layer, input)
    if (keeps !== undefined) kept.push(keeps)
    if (keeps === undefined || !('input' in keeps)) stack.ops.free(input)
    x = output
  })
  return { x, kept }
}

/** The embedded tokens with the wanted noise. Its gradient is the embedding's: noise is a constant. */
function embedded({ stack, context, options }: Pass, ids: Tensor): Tensor {
  const { ops, embedding } = stack
  const { embeddingNoise } = options
  const x = embedding.forward(context, ids) // [N, E]
  if (embeddingNoise === undefined) return x
  return ops.scope(() => {
    const noisy = ops.add(x, ops.upload(embeddingNoise, x.shape))
    ops.free(x)
    return noisy
  })
}

function forwardOnly(
  { context, tables }: Pass,
  layer: DecoderLayer,
  x: Tensor,
): { output: Tensor; keeps?: Kept } {
  return { output: recordedForward(context, layer, x, tablesOf(tables, layer)) }
}

function forwardLayer(pass: Pass, layer: DecoderLayer, x: Tensor): { output: Tensor; keeps?: Kept } {
  if (pass.options.gradientCheckpointing) return { ...forwardOnly(pass, layer, x), keeps: { input: x } }
  const wanted = { output: true, probabilities: keepsProbabilities(pass) }
  const { output, activations } = recordedForwardForBackward(
    pass.context,
    layer,
    x,
    tablesOf(pass.tables, layer),
    wanted,
  )
  return { output: output as Tensor, keeps: { activations } }
}

function keepsProbabilities({ length }: Pass): boolean {
  return length <= longestKeptProbabilities
}

/** Loss and the gradient of the residual stream; frees `x`. The gradient of a tied head waits for the embedding's. */
function headForwardAndBackward(
  pass: Pass,
  x: Tensor,
  labelled: LabelledRows,
): { losses: Tensor; dx: Tensor; dTied: Tensor | undefined } {
  const { stack, context, options } = pass
  const { ops, finalNorm } = stack
  const weight = headWeight(stack)
  const result = ops.scope(() => {
    const { y: hidden, rows } = finalNorm.normalize(context, x)
    const loss: HeadLoss = headLoss(ops, hidden, productMatrix(ops, weight), labelled, {
      gradients: { divisor: options.lossDivisor, ofWeight: weight.trainable },
      softCap: stack.config.finalSoftCap,
    })
    ops.free(hidden)
    const dx = finalNorm.backward(context, loss.dHidden as Tensor, rows, options.sink)
    return { losses: loss.losses, dx, dWeight: loss.dWeight }
  })
  ops.free(x)
  const { losses, dx, dWeight } = result
  if (dWeight === undefined || stack.head === undefined) return { losses, dx, dTied: dWeight }
  options.sink(weight, dWeight)
  return { losses, dx, dTied: undefined }
}

/** @returns gradient of the embedded tokens, float32 [N, E], when the embedding is trained; frees `dx` and what was kept */
function backwardThroughLayers(pass: Pass, dx: Tensor, kept: Kept[]): Tensor | undefined {
  const { stack, lowest } = pass
  let gradient: Tensor | undefined = dx
  for (let index = stack.layers.length - 1; index >= lowest; index--) {
    const layer = stack.layers[index]
    const keeps = kept.pop()
    if (layer === undefined || keeps === undefined || gradient === undefined) break
    const needInputGradient = index > lowest || stack.embedding.weight.trainable
    const next = backwardLayer(pass, layer, gradient, keeps, needInputGradient)
    stack.ops.free(gradient)
    gradient = next
  }
  return stack.embedding.weight.trainable ? gradient : undefined
}

function backwardLayer(
  pass: Pass,
  layer: DecoderLayer,
  dy: Tensor,
  keeps: Kept,
  needInputGradient: boolean,
): Tensor | undefined {
  if ('activations' in keeps) return backwardFrom(pass, layer, dy, keeps.activations, needInputGradient)
  const { ops } = pass.stack
  // Packed weights are unpacked once for both.
  layer.holdWeights(ops)
  try {
    return backwardFrom(pass, layer, dy, runAgain(pass, layer, keeps.input), needInputGradient)
  } finally {
    layer.releaseWeights(ops)
  }
}

/** Frees the activations. */
function backwardFrom(
  pass: Pass,
  layer: DecoderLayer,
  dy: Tensor,
  activations: LayerActivations,
  needInputGradient: boolean,
): Tensor | undefined {
  const { context, stack } = pass
  const tables = tablesOf(pass.tables, layer)
  const dx = recordedBackward(context, layer, dy, activations, tables, needInputGradient, pass.options.sink)
  stack.ops.free(...packActivations(activations))
  return dx
}

/** Activations of a checkpointed layer, from its input, which is freed. */
function runAgain(pass: Pass, layer: DecoderLayer, input: Tensor): LayerActivations {
  const wanted = { output: false, probabilities: keepsProbabilities(pass) }
  const { activations } = recordedForwardForBackward(
    pass.context,
    layer,
    input,
    tablesOf(pass.tables, layer),
    wanted,
  )
  pass.stack.ops.free(input)
  return activations
}
