import type { Ops, Tensor } from '../ops.js'

/** Rows divided by their root mean square, and what their backward pass needs. */
export type NormalizedRows = {
  /** x̂ = x · r, float32 [N, E]. */
  readonly normalized: Tensor
  /** r = 1 / √(mean(x²) + ε), float32 [N, 1]. */
  readonly inverseRms: Tensor
}

/**
 * Divides every row by its root mean square. The norm's weight is applied by the caller.
 *
 *     r = 1 / √(Σ x² / E + ε),   x̂ = x · r
 *
 * @param x float32 [N, E]
 * @param epsilon ε, added to the mean square
 * @returns x̂ and r, owned by the open scope
 * @see Zhang & Sennrich, "Root Mean Square Layer Normalization" (2019)
 */
export function normalizeRows(ops: Ops, x: Tensor, epsilon: number): NormalizedRows {
  return ops.scope(() => {
    const meanSquare = ops.scale(ops.square(ops.euclideanNorm(x)), 1 / lastSize(x))
    const inverseRms = ops.rsqrt(ops.addScalar(meanSquare, epsilon))
    return { normalized: ops.mul(x, inverseRms), inverseRms }
  })
}

/**
 * Gradient of `normalizeRows`.
 *
 *     dx = r · (dx̂ − x̂ · Σ(dx̂ · x̂) / E)
 *
 * @param dNormalized gradient of x̂, float32 [N, E]
 * @returns gradient of x, float32 [N, E], owned by the open scope
 */
export function normalizeRowsBackward(ops: Ops, dNormalized: Tensor, rows: NormalizedRows): Tensor {
  const { normalized, inverseRms } = rows
  return ops.scope(() => {
    const product = ops.mul(dNormalized, normalized)
    const mean = ops.scale(ops.sum(product, [-1], true), 1 / lastSize(normalized))
    ops.free(product)
    const along = ops.mul(normalized, mean)
    const across = ops.sub(dNormalized, along)
    ops.free(along)
    return ops.mul(across, inverseRms)
  })
}

function lastSize(x: Tensor): number {
  return x.shape[x.shape.length - 1] ?? 1
}
