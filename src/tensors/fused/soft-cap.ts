import type { Ops, Tensor } from '../ops.js'

/**
 * Keeps values between −c and c.
 *
 *     y = c · tanh(x / c)
 *
 * @returns float32, the shape of x; owned by the open scope
 * @see Gemma Team, "Gemma 2: Improving Open Language Models at a Practical Size" (2024)
 */
export function capped(ops: Ops, x: Tensor, cap: number): Tensor {
  return ops.scope(() => ops.scale(ops.tanh(ops.scale(x, 1 / cap)), cap))
}

/** Slope of `capped` from its output: 1 − (y / c)², float32, owned by the open scope. */
export function capSlope(ops: Ops, y: Tensor, cap: number): Tensor {
  return ops.scope(() => ops.addScalar(ops.scale(ops.square(y), -1 / (cap * cap)), 1))
}
