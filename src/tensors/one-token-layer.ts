import type { Activation } from './fused/gated-unit.js'
import type { OneTokenAttention, PackedMatrix } from './kernel-ops.js'
import type { Tensor, TensorDtype } from './ops.js'

/** A linear layer of one token: x·Wᵀ + b + (x·Aᵀ)·Bᵀ, products and sums rounded to `dtype`. */
export interface RowLinear {
  /** [out, in], in `dtype` where it is dense. */
  readonly matrix: Tensor | PackedMatrix
  readonly dtype: TensorDtype
  /** float32 [out] */
  readonly bias?: Tensor | undefined
  /** A [R, in] and B [out, R], in `dtype`. */
  readonly adapter?: { readonly a: Tensor; readonly b: Tensor } | undefined
}

/** The layers of a decoder in their order, and what all have in common, for `FewRowOps.runLayers`. */
export interface OneTokenLayers {
  readonly layers: readonly OneTokenLayer[]
  /** Of every norm: x / √(mean(x²) + ε) · (weight + offset). */
  readonly norm: { readonly epsilon: number; readonly offset: number }
  /** c: scores s become c · tanh(s / c). */
  readonly softCap?: number | undefined
  readonly activation: Activation
}

/** One of them. Norm weights are float32. */
export interface OneTokenLayer extends Pick<OneTokenAttention, 'turns' | 'cached' | 'place'> {
  /** H */
  readonly heads: number
  readonly norms: {
    readonly attention: Tensor
    readonly query?: Tensor | undefined
    readonly key?: Tensor | undefined
    readonly attentionOutput?: Tensor | undefined
    readonly mlp: Tensor
    readonly mlpOutput?: Tensor | undefined
  }
  /** Queries, keys and values, or all in one, in the caches' dtype. */
  readonly inputs: readonly RowLinear[]
  readonly output: RowLinear
  /** Gate and up, or both in one. */
  readonly expansion: readonly RowLinear[]
  readonly down: RowLinear
}
