import type { Ops, Tensor } from '../ops.js'
import { asDtype } from './as-dtype.js'
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
  /** Rows whose logits exist at a time. Default 256. */
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
 * With a soft cap, P_i is multiplied by the cap's slope at each logit, and W_label and h by that at the label's.
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
  const { rowsPerChunk = 256 } = options
  const rowCount = hidden.shape[0] ?? 0
  const allRows = rows.length === rowCount && rows.every((row, index) => row === index)
  return ops.scope(() => {
    const rowIndices = ops.upload(rows, [rows.length])
    const labelled = allRows ? hidden : ops.gather(hidden, rowIndices) // [n, E]
    const chunks: ChunkLoss[] = []
    let dWeight: Tensor | undefined
    for (let begin = 0; begin < rows.length; begin += rowsPerChunk) {
      const end = Math.min(begin + rowsPerChunk, rows.length)
      const chunk = ops.scope(() => {
        const x = ops.slice(labelled, [begin, 0], [end - begin, -1]) // [c, E]
        return chunkLoss(ops, x, weight, labels.subarray(begin, end), options)
      })
      dWeight = addTo(ops, dWeight, chunk.dWeight)
      chunks.push(chunk)
    }
    const dLabelled = concatRows(
      ops,
      chunks.flatMap((chunk) => chunk.dHidden ?? []),
    )
    return {
      losses: ops.concat(
        chunks.map((chunk) => chunk.losses),
        0,
      ),
      dHidden:
        dLabelled === undefined || allRows ? dLabelled : ops.scatterAdd(dLabelled, rowIndices, rowCount),
      dWeight,
    }
  })
}

type ChunkLoss = {
  readonly losses: Tensor
  readonly dHidden: Tensor | undefined
  readonly dWeight: Tensor | undefined
}

function chunkLoss(
  ops: Ops,
  x: Tensor,
  weight: Tensor,
  labels: Int32Array,
  { gradients, softCap }: HeadLossOptions,
): ChunkLoss {
  const labelIndices = ops.upload(labels, [labels.length])
  const logits = cappedLogits(ops, x, weight, softCap) // [c, V]
  const { loss, probabilities } = ops.crossEntropy(logits, labelIndices)
  if (gradients === undefined) {
    ops.free(logits, probabilities)
    return { losses: loss, dHidden: undefined, dWeight: undefined }
  }
  const labelWeights = asDtype(ops, ops.gather(weight, labelIndices), 'float32') // [c, E]
  // P and what is subtracted at the label, each times the cap's slope: [c, V] and [c, 1].
  const weights =
    softCap === undefined
      ? probabilities
      : ops.scope(() => ops.mul(probabilities, capSlope(ops, logits, softCap)))
  const atLabel = softCap === undefined ? undefined : labelSlope(ops, x, labelWeights, softCap)
  ops.free(logits)
  const times = (rows: Tensor): Tensor => (atLabel === undefined ? rows : ops.mul(rows, atLabel))
  const scale = 1 / gradients.divisor
  const dHidden = ops.scope(() => {
    const expected = ops.matmul(asDtype(ops, weights, weight.dtype), weight) // [c, E]
    return ops.scale(ops.sub(asDtype(ops, expected, 'float32'), times(labelWeights)), scale)
  })
  if (!gradients.ofWeight) return { losses: loss, dHidden, dWeight: undefined }
  const dWeight = ops.scope(() => {
    const expected = ops.matmul(weights, x, { transposeA: true }) // [V, E]
    return ops.scale(ops.sub(expected, ops.scatterAdd(times(x), labelIndices, weight.shape[0] ?? 0)), scale)
  })
  return { losses: loss, dHidden, dWeight }
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
    const product = ops.matmul(asDtype(ops, x, weight.dtype), weight, { transposeB: true }) // [c, V]
    const logits = asDtype(ops, product, 'float32')
    return softCap === undefined ? logits : capped(ops, logits, softCap)
  })
}

/** Slope of the cap at each row's label, float32 [c, 1]. @param labelWeights rows of the head at the labels, [c, E] */
function labelSlope(ops: Ops, x: Tensor, labelWeights: Tensor, softCap: number): Tensor {
  return ops.scope(() => {
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

function concatRows(ops: Ops, parts: readonly Tensor[]): Tensor | undefined {
  const [first] = parts
  if (first === undefined || parts.length === 1) return first
  const joined = ops.concat(parts, 0)
  ops.free(...parts)
  return joined
}
