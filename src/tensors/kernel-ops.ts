import type { Activation } from './fused/gated-unit.js'
import type { OneTokenLayers } from './one-token-layer.js'
import type { ByteTable, RotaryTable, Tensor, TensorDtype } from './ops.js'

// What a backend may compute in kernels of its own beside `Ops`, whose conventions hold here too.

/** A 4-bit matrix as it is stored, for `FewRowOps.multiplyPacked`. */
export interface PackedMatrix {
  /** [out, in] */
  readonly shape: readonly number[]
  /** uint8 [blocks, bytes]: two values a byte. */
  readonly packed: Tensor
  /** The two levels of each byte. */
  readonly pairs: ByteTable
  /** float32 [blocks, 1]; or codes uint8 [rows, n], a float32 maximum for each row and one offset. */
  readonly maxima:
    | Tensor
    | {
        readonly codes: Tensor
        readonly levels: ByteTable
        readonly rowMaxima: Tensor
        readonly offset: Tensor
      }
  /** int32 [out]: which stored row each row of the matrix is; undefined where none moves. */
  readonly rows?: Tensor | undefined
  /** What a value is rounded to, one after another, before it multiplies. */
  readonly roundedTo: readonly TensorDtype[]
}

/** Attention of one new token, for `FewRowOps.attendOne`. */
export interface OneTokenAttention {
  /** [H, 1, 1, D] and [K, 1, 1, D] before rotation. */
  readonly query: Tensor
  readonly key: Tensor
  /** [K, 1, 1, D] in the dtype of the caches. */
  readonly value: Tensor
  readonly turns: { readonly query: RotaryTable; readonly key: RotaryTable }
  /** [K, 1, C, D] with room for the token. */
  readonly cached: { readonly key: Tensor; readonly value: Tensor }
  /** int32 [2]: the token's row in the caches, and the first row it sees. */
  readonly place: Tensor
  /** c: scores s become c · tanh(s / c). */
  readonly softCap?: number | undefined
}

/** Rows up to which `FewRowOps` are the faster ones: each reads a weight once and computes row by row. */
export const mostFewRows = 4

/** Fused operations on the one or few rows of a decoded token and on packed weights, float32 or bfloat16. */
export interface FewRowOps {
  /**
   * x · wᵀ without the dense matrix ever existing.
   * @param x [N, in]
   * @returns [N, out], or with heads [heads, N, out / heads]
   */
  multiplyPacked(x: Tensor, matrix: PackedMatrix, heads?: number): Tensor
  /** The dense matrix of a packed one, [out, in] in float32 or bfloat16, for products of many rows. */
  decodePacked(matrix: PackedMatrix, dtype: TensorDtype): Tensor
  /**
   * Rotates query and key, writes key and value into the caches **in place** and attends. Besides it only `runLayers` and
   * `ManyRowOps.crossEntropy` change their inputs.
   * @returns [H, 1, 1, D] in the caches' dtype
   */
  attendOne(inputs: OneTokenAttention): Tensor
  /**
   * All layers of a decoder for one token; like `attendOne` it writes into the caches.
   * @param x float32 [1, E]
   * @returns float32 [1, E]
   */
  runLayers(x: Tensor, layers: OneTokenLayers): Tensor
  /** x / √(mean(x²) + ε) · (weight + offset). @param x float32 [N, E] @param weight float32 [E] */
  normRows(
    x: Tensor,
    weight: Tensor,
    rule: { readonly epsilon: number; readonly offset: number; readonly dtype: TensorDtype },
  ): Tensor
  /** a(gate) · up, computed in float32. */
  gatedUnit(activation: Activation, gate: Tensor, up: Tensor, dtype: TensorDtype): Tensor
}

/**
 * Head-major queries, keys and values of one dtype. Query heads h = k·rep … k·rep + rep − 1 share key/value head k
 * (grouped-query attention), by broadcasting: keys are never repeated in memory.
 */
export interface HeadMajorQKV {
  /** [H, B, T, D], scaled by 1/√D beforehand (the rotary table carries the factor). */
  readonly query: Tensor
  /** [K, B, S, D]. */
  readonly key: Tensor
  /** [K, B, S, D]. */
  readonly value: Tensor
}

/** What decides the scores of `FusedAttentionOps` besides queries and keys. A query sees keys up to its own. */
export interface ScoreRule {
  /** The first key that each query sees, int32 [T], or [B, T] where rows differ; without it the first of all. */
  readonly firstKeys?: Tensor | undefined
  /** c: scores s become c · tanh(s / c). */
  readonly softCap?: number | undefined
}

/**
 * Causal attention in one kernel each way, without a score matrix; the last query's own key is the last key. Both return
 * undefined where the device does not have it for these shapes, this dtype and rule, or at this moment: the caller then
 * computes in chunks.
 *
 * @see Dao et al., "FlashAttention" (2022)
 */
export interface FusedAttentionOps {
  /** Whether no rule leaves such queries to the chunks in either pass: the caller need not have masks at hand. */
  alwaysServes(queries: {
    readonly dtype: TensorDtype
    /** T */
    readonly length: number
    /** D */
    readonly width: number
  }): boolean
  /** @returns attended [H, B, T, D] in the inputs' dtype, and the float32 [B, H, T] that `backward` takes */
  forward(inputs: HeadMajorQKV, rule: ScoreRule): { attended: Tensor; statistics: Tensor } | undefined
  /**
   * @param dAttended [H, B, T, D] in the inputs' dtype
   * @returns gradients in the inputs' shapes; that of the query in its dtype, the others in it or in float32
   */
  backward(
    inputs: HeadMajorQKV,
    outputs: { readonly attended: Tensor; readonly statistics: Tensor },
    dAttended: Tensor,
    rule: ScoreRule,
  ): { dQuery: Tensor; dKey: Tensor; dValue: Tensor } | undefined
}

/**
 * What lies between two products of many rows, in one pass over memory. Tensors are float32 or bfloat16; the arithmetic is
 * float32.
 */
export interface ManyRowOps {
  /** a(gate) · up. @param up of the gate's shape and dtype */
  gatedUnit(activation: Activation, gate: Tensor, up: Tensor, dtype: TensorDtype): Tensor
  /** Gradients of gate and up, in their dtype, from that of `gatedUnit`. */
  gatedUnitBackward(
    activation: Activation,
    gate: Tensor,
    up: Tensor,
    dActivated: Tensor,
  ): { dGate: Tensor; dUp: Tensor }
  /**
   * r = 1 / √(mean(x²) + ε), x̂ = x · r, y = x̂ · (weight + offset).
   * @param x float32 [..., E]
   * @param weight float32 [E]
   * @returns y in `dtype`; x̂ and r [..., 1] float32
   */
  normalizeRows(
    x: Tensor,
    weight: Tensor,
    rule: { readonly epsilon: number; readonly offset: number; readonly dtype: TensorDtype },
  ): { y: Tensor; normalized: Tensor; inverseRms: Tensor }
  /**
   * Gradient of x from that of y, plus the one that flows past the norm.
   * @param dy float32 [..., E]
   * @param residual float32, dy's shape
   */
  normalizeRowsBackward(
    dy: Tensor,
    rows: { readonly normalized: Tensor; readonly inverseRms: Tensor },
    weight: Tensor,
    rule: { readonly offset: number; readonly residual?: Tensor | undefined },
  ): Tensor
  /**
   * Cross-entropy of each row, from logits l that a soft cap c makes c · tanh(l / c) first. With gradients the logits become
   * those of the loss **in place**, p times the cap's slope, but 0 at the label; what is subtracted there, (1 − p) times
   * the slope, is `atLabel`. Not inside a recorded function, whose order does not know of it.
   * @param logits float32 or bfloat16 [c, V], nobody else's
   * @param labels int32 [c], every label in 0..V−1
   * @returns losses float32 [c]; atLabel float32 [c, 1], without gradients [0, 1]
   */
  crossEntropy(
    logits: Tensor,
    labels: Tensor,
    rule: { readonly softCap?: number | undefined; readonly gradients: boolean },
  ): { losses: Tensor; atLabel: Tensor }
  /** See `Ops.rotary`. @returns in `dtype`, [H, B, T, D] or by token [B, T, H, D] */
  rotary(
    x: Tensor,
    table: RotaryTable,
    rule: { readonly inverse: boolean; readonly byToken: boolean; readonly dtype: TensorDtype },
  ): Tensor
  /** x [M, W] + left [M, R] · right [R, W], added in float32 and rounded once. @param left of x's dtype, as right */
  addLowRank(x: Tensor, left: Tensor, right: Tensor, dtype: TensorDtype): Tensor
}
