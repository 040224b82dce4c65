import type { Ops, Tensor } from '../ops.js'

/** The gated activation and the two factors that its backward pass uses again. */
export interface Swiglu {
  /** σ(gate), float32 [N, F]. */
  readonly sigmoid: Tensor
  /** gate · σ(gate), float32 [N, F]. */
  readonly silu: Tensor
  /** silu(gate) · up, float32 [N, F]. */
  readonly activated: Tensor
}

/**
 * The gated activation of a Llama feed-forward block.
 *
 *     activated = silu(gate) · up,   silu(g) = g · σ(g)
 *
 * @param gate float32 [N, F]
 * @param up float32 [N, F]
 * @returns three tensors [N, F], owned by the open scope
 * @see Shazeer, "GLU Variants Improve Transformer" (2020)
 */
export function swiglu(ops: Ops, gate: Tensor, up: Tensor): Swiglu {
  const sigmoid = ops.sigmoid(gate)
  const silu = ops.mul(gate, sigmoid)
  return { sigmoid, silu, activated: ops.mul(silu, up) }
}

/**
 * Gradient of `swiglu`.
 *
 *     dUp = dActivated · silu
 *     dGate = dSilu · σ + dSilu · gate · σ · (1 − σ),   dSilu = dActivated · up
 *
 * @param dActivated float32 [N, F]
 * @returns gradients of gate and up, float32 [N, F], owned by the open scope
 */
export function swigluBackward(
  ops: Ops,
  inputs: { readonly gate: Tensor; readonly up: Tensor },
  forward: Pick<Swiglu, 'sigmoid' | 'silu'>,
  dActivated: Tensor,
): { dGate: Tensor; dUp: Tensor } {
  return ops.scope(() => {
    const dUp = ops.mul(dActivated, forward.silu)
    const dSilu = ops.mul(dActivated, inputs.up)
    const dSigmoid = ops.mul(dSilu, inputs.gate)
    const throughSigmoid = ops.sigmoidGrad(forward.sigmoid, dSigmoid)
    ops.free(dSigmoid)
    const throughProduct = ops.mul(dSilu, forward.sigmoid)
    ops.free(dSilu)
    return { dGate: ops.add(throughProduct, throughSigmoid), dUp }
  })
}
