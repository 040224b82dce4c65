import type { Ops, Tensor, TensorDtype } from '../tensors/ops.js'
import type { RowOrder } from './layers/row-order.js'

/** A weight of a model, under its path in the checkpoint (`model.layers.0.self_attn.q_proj.weight`). */
export interface Parameter {
  readonly path: string
  /** A kept handle. The optimizer frees it and puts a new one in its place. */
  value: Tensor
  /** Whether backward makes a gradient for it. Frozen weights cost no gradient memory. */
  trainable: boolean
  /** Products with it round it to this dtype first, where that is not its own: exact values, fast products. */
  productDtype?: TensorDtype
  /** Order of its rows where it is not that of the checkpoint. */
  readonly rowOrder?: RowOrder
}

/**
 * Where a backward function hands over the gradient of a trainable parameter, once per parameter and micro-batch. The
 * receiver owns the handle: it takes it out of the open scopes with `ops.keep` and frees it when done.
 */
export type GradientSink = (parameter: Parameter, gradient: Tensor) => void

/** What every forward and backward function is given. */
export interface RunContext {
  readonly ops: Ops
  /**
   * Set while training with dropout: masks are drawn from this seed and the module's path, so that a recomputed
   * forward pass (gradient checkpointing) and its backward draw the same ones.
   */
  readonly dropoutSeed?: number
}
