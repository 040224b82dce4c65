import type { Ops, Tensor } from '../ops.js'

/**
 * Activations of the form a(g) = g · σ(v(g)): `silu` with v(g) = g, and the tanh approximation of `gelu`, for which
 * (1 + tanh u) / 2 = σ(2u) gives v(g) = √(8/π) · (g + 0.044715 g³).
 *
 * @see Hendrycks & Gimpel, "Gaussian Error Linear Units" (2016)
 */
export type Activation = 'silu' | 'gelu_pytorch_tanh'

const geluScale = Math.sqrt(8 / Math.PI)
const geluCubic = 0.044715

/** The gated activation and the two factors that its backward pass uses again. */
export interface GatedUnit {
  /** σ(v(gate)), float32 [N, F]. */
  readonly sigmoid: Tensor
  /** a(gate), float32 [N, F]. */
  readonly active: Tensor
  /** a(gate) · up, float32 [N, F]. */
  readonly activated: Tensor
}

/**
 * The gated activation of a feed-forward block.
 *
 *     activated = a(gate) · up,   a(g) = g · σ(v(g))
 *
 * @param gate float32 [N, F]
 * @param up float32 [N, F]
 * @returns three tensors [N, F], owned by the open scope
 * @see Shazeer, "GLU Variants Improve Transformer" (2020)
 */
export function gatedUnit(ops: Ops, activation: Activation, gate: Tensor, up: Tensor): GatedUnit {
  const sigmoid = ops.scope(() => ops.sigmoid(sigmoidInput(ops, activation, gate)))
  const active = ops.mul(gate, sigmoid)
  return { sigmoid, active, activated: ops.mul(active, up) }
}

/**
 * Gradient of `gatedUnit`.
 *
 *     dUp = dActivated · a
 *     dGate = dActive · σ + dActive · gate · σ · (1 − σ) · v'(gate),   dActive = dActivated · up
 *
 * @param dActivated float32 [N, F]
 * @returns gradients of gate and up, float32 [N, F], owned by the open scope
 */
export function gatedUnitBackward(
  ops: Ops,
  activation: Activation,
  inputs: { readonly gate: Tensor; readonly up: Tensor },
  forward: Pick<GatedUnit, 'sigmoid' | 'active'>,
  dActivated: Tensor,
): { dGate: Tensor; dUp: Tensor } {
  return ops.scope(() => {
    const dUp = ops.mul(dActivated, forward.active)
    const dActive = ops.mul(dActivated, inputs.up)
    const dSigmoid = ops.mul(dActive, inputs.gate)
    const throughSigmoid = ops.scope(() =>
      timesSlope(ops, activation, inputs.gate, ops.sigmoidGrad(forward.sigmoid, dSigmoid)),
    )
    ops.free(dSigmoid)
    const throughProduct = ops.mul(dActive, forward.sigmoid)
    ops.free(dActive)
    return { dGate: ops.add(throughProduct, throughSigmoid), dUp }
  })
}

/** v(g) */
function sigmoidInput(ops: Ops, activation: Activation, gate: Tensor): Tensor {
  if (activation === 'silu') return gate
  const factor = ops.addScalar(ops.scale(ops.square(gate), geluScale * geluCubic), geluScale)
  return ops.mul(gate, factor)
}

/** gradient · v'(g) */
function timesSlope(ops: Ops, activation: Activation, gate: Tensor, gradient: Tensor): Tensor {
  if (activation === 'silu') return gradient
  const slope = ops.addScalar(ops.scale(ops.square(gate), 3 * geluScale * geluCubic), geluScale)
  return ops.mul(gradient, slope)
}
