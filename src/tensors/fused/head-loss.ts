import type { Ops, Tensor } from '../ops.js'
import { asDtype } from './as-dtype.js'
import { manyRowOps } from './many-rows.js'
import { capped, capSlope } from './soft-cap.js'

/** The labelled positions of a micro-batch. */
export interface LabelledRows {
  /** Row of `hidden` that predicts each label, int32 [n]; ascending and none twice where gradients are wanted. */
  readonly rows: Int32Array
  /** The label, int32 [n], each in 0..V−1. */
  readonly labels: Int32Array
}

export interface HeadLossOptions {
  /** Gradients wanted; without it only losses are computed. */
  readonly gradients?: {
    /** Gradients are those of the summed loss divided by this. */
    readonly divisor: number
    /** Whether the head's weight gets a gradient too. */
    readonly ofWeight: boolean
  }
  /** c: logits l become c · tanh(l / c) before the loss. */
  readonly softCap?: number | undefined
  /** Rows whose logits exist at a time. Default 256, or 512 where they and their gradient are 16 bits in one place. */
  readonly rowsPerChunk?: number
}

export interface HeadLoss {
  /** Cross-entropy of each labelled row, float32 [n]. */
  readonly losses: Tensor
  /** Gradient of `hidden`, float32 [N, E]; zero rows where there is no label. */
  readonly dHidden: Tensor | undefined
  /** Gradient of the weight, float32 [V, E]. */
  readonly dWeight: Tensor | undefined
}

/**
 * Output head and cross-entropy in one, with the backward pass inside the forward pass: logits exist for one chunk of
 * labelled rows at a time, never for the whole batch and never for rows without a label, and no one-hot matrix is made.
 *
 *     loss_i = log Σ_v exp(h_i · W_v) − h_i · W_label(i)
 *     dh_i = (P_i W − W_label(i)) / divisor,   dW = (Pᵀ h − rows of h added at their labels) / divisor
 *
 * With a soft cap, P_i is multiplied by the cap's slope at each logit, and W_label and h by that at the label's. Losses and
 * P come in one pass that needs no memory besides the logits' where the backend has a kernel for it.
 *
 * @param hidden float32 [N, E], after the final norm
 * @param weight [V, E]; products run in its dtype, the softmax and the loss in float32
 * @returns tensors owned by the open scope, float32
 * @see Wijmans et al., "Cut Your Losses in Large-Vocabulary Language Models" (2024)
 */
export function headLoss(
  ops: Ops,
  hidden: Tensor,
  weight: Tensor,
  { rows, labels }: LabelledRows,
  options: HeadLossOptions = {},
): HeadLoss {
  const { rowsPerChunk = weight.dtype === 'bfloat16' && manyRowOps(ops) !== undefined ? 512 : 256 } = options
  const rowCount = hidden.shape[0] ?? 0
  const allRows = rows.length === rowCount && rows.every((row, index) => row === index)
  return ops.scope(() => {
    const rowIndices = ops.upload(rows, [rows.length])
    const labelled = allRows ? hidden : ops.gather(hidden, rowIndices) // [n, E]
    const chunks: ChunkLoss[] = []
    let weightPart: Tensor | undefined
    for (let begin = 0; begin < rows.length; begin += rowsPerChunk) {
      const end = Math.min(begin + rowsPerChunk, rows.length)
      const chunk = ops.scope(() => {
        const x = ops.slice(labelled, [begin, 0], [end - begin, -1]) // [c, E]
        return chunkLoss(ops, x, weight, labels.subarray(begin, end), options)
      })
      weightPart = addTo(ops, weightPart, chunk.weightPart)
      chunks.push(chunk)
    }
    const losses = joined(ops, chunks, 'losses') as Tensor
    const hiddenPart = joined(ops, chunks, 'hiddenPart')
    if (options.gradients === undefined || hiddenPart === undefined) {
      return { losses, dHidden: undefined, dWeight: undefined }
    }
    const atLabel = joined(ops, chunks, 'atLabel')
    const scale = 1 / options.gradients.divisor
    const head = { weight, labels: ops.upload(labels, [labels.length]), atLabel, scale }
    const { dLabelled, dWeight } = withoutLabels(ops, labelled, { hiddenPart, weightPart }, head)
    return { losses, dHidden: allRows ? dLabelled : ops.scatterAdd(dLabelled, rowIndices, rowCount), dWeight }
  })
}

type ChunkLoss = {
  /** float32 [c] */
  readonly losses: Tensor
  /** What is subtracted at the label, float32 [c, 1]; undefined: 1. */
  readonly atLabel?: Tensor | undefined
  /** P · W, float32 [c, E]. */
  readonly hiddenPart?: Tensor
  /** Pᵀ · h / divisor, float32 [V, E]. */
  readonly weightPart?: Tensor | undefined
}

function chunkLoss(
  ops: Ops,
  x: Tensor,
  weight: Tensor,
  labels: Int32Array,
  { gradients, softCap }: HeadLossOptions,
): ChunkLoss {
  const head = { weight, softCap, gradients: gradients !== undefined }
  const { losses, shares, atLabel } = lossesOfRows(ops, x, ops.upload(labels, [labels.length]), head)
  if (gradients === undefined) return { losses }
  const hiddenPart = ops.scope(() =>
    asDtype(ops, ops.matmul(asDtype(ops, shares, weight.dtype), weight), 'float32'),
  )
  if (!gradients.ofWeight) return { losses, atLabel, hiddenPart }
  const weightPart = ops.scope(() => {
    const scaled = ops.scale(x, 1 / gradients.divisor)
    return ops.matmul(asDtype(ops, shares, 'float32'), scaled, { transposeA: true })
  })
  return { losses, atLabel, hiddenPart, weightPart }
}

/** Subtracts what the labels take, for all rows at once; frees `hiddenPart` and `weightPart`. */
function withoutLabels(
  ops: Ops,
  labelled: Tensor,
  { hiddenPart, weightPart }: { hiddenPart: Tensor; weightPart: Tensor | undefined },
  head: { weight: Tensor; labels: Tensor; atLabel: Tensor | undefined; scale: number },
): { dLabelled: Tensor; dWeight: Tensor | undefined } {
  const { weight, labels, atLabel, scale } = head
  const times = (rows: Tensor): Tensor => (atLabel === undefined ? rows : ops.mul(rows, atLabel))
  const dLabelled = ops.scope(() => {
    const labelWeights = asDtype(ops, ops.gather(weight, labels), 'float32') // [n, E]
    return ops.scale(ops.sub(hiddenPart, times(labelWeights)), scale)
  })
  ops.free(hiddenPart)
  if (weightPart === undefined) return { dLabelled, dWeight: undefined }
  const dWeight = ops.scope(() =>
    ops.sub(weightPart, ops.scatterAdd(ops.scale(times(labelled), scale), labels, weight.shape[0] ?? 0)),
  )
  ops.free(weightPart)
  return { dLabelled, dWeight }
}

type RowLosses = {
  /** float32 [c] */
  readonly losses: Tensor
  /** With gradients, that of the logits without what is subtracted at the label, [c, V]. */
  readonly shares: Tensor
  /** What is subtracted at the label, float32 [c, 1]; undefined: 1. */
  readonly atLabel?: Tensor | undefined
}

/**
 * Where the backend has a kernel, P is 0 at the label and what is subtracted there 1 − p: nothing large cancels, and in
 * bfloat16 a nearly certain row keeps its gradient.
 *
 * @param x float32 [c, E]
 * @param labels int32 [c]
 */
function lossesOfRows(
  ops: Ops,
  x: Tensor,
  labels: Tensor,
  { weight, softCap, gradients }: { weight: Tensor; softCap: number | undefined; gradients: boolean },
): RowLosses {
  const many = manyRowOps(ops, weight.dtype)
  if (many !== undefined) {
    const logits = ops.scope(() => headProduct(ops, x, weight)) // [c, V]
    return { shares: logits, ...many.crossEntropy(logits, labels, { softCap, gradients }) }
  }
  const logits = cappedLogits(ops, x, weight, softCap) // [c, V]
  const { loss: losses, probabilities } = ops.crossEntropy(logits, labels)
  if (softCap === undefined || !gradients) {
    ops.free(logits)
    return { losses, shares: probabilities }
  }
  const shares = ops.scope(() => ops.mul(probabilities, capSlope(ops, logits, softCap)))
  ops.free(logits, probabilities)
  return { losses, shares, atLabel: labelSlope(ops, x, weight, labels, softCap) }
}

/**
 * Logits of hidden rows.
 *
 * @param x float32 [c, E], after the final norm
 * @param weight [V, E]; the product runs in its dtype
 * @returns float32 [c, V], owned by the open scope
 */
export function cappedLogits(ops: Ops, x: Tensor, weight: Tensor, softCap: number | undefined): Tensor {
  return ops.scope(() => {
    const logits = asDtype(ops, headProduct(ops, x, weight), 'float32')
    return softCap === undefined ? logits : capped(ops, logits, softCap)
  })
}

/** x · Wᵀ in the weight's dtype, [c, V]. */
function headProduct(ops: Ops, x: Tensor, weight: Tensor): Tensor {
  return ops.matmul(asDtype(ops, x, weight.dtype), weight, { transposeB: true })
}

/** Slope of the cap at each row's label, float32 [c, 1]. */
function labelSlope(ops: Ops, x: Tensor, weight: Tensor, labels: Tensor, softCap: number): Tensor {
  return ops.scope(() => {
    const labelWeights = asDtype(ops, ops.gather(weight, labels), 'float32') // [c, E]
    const logits = ops.sum(ops.mul(x, labelWeights), [-1], true) // [c, 1]
    return capSlope(ops, capped(ops, logits, softCap), softCap)
  })
}

/** sum + term, freeing both; the term alone when there is no sum yet. */
function addTo(ops: Ops, sum: Tensor | undefined, term: Tensor | undefined): Tensor | undefined {
  if (sum === undefined || term === undefined) return sum ?? term
  const total = ops.add(sum, term)
  ops.free(sum, term)
  return total
}

/** One of the tensors that chunks have, for all their rows; frees the chunks'. */
function joined(
  ops: Ops,
  chunks: readonly ChunkLoss[],
  name: 'losses' | 'atLabel' | 'hiddenPart',
): Tensor | undefined {
  const parts = chunks.flatMap((chunk) => chunk[name] ?? [])
  const [first] = parts
  if (first === undefined || parts.length === 1) return first
  const all = ops.concat(parts, 0)
  ops.free(...parts)
  return all
}
