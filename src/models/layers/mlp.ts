import { asDtype } from '../../tensors/fused/as-dtype.js'
import { fewRowOps } from '../../tensors/fused/few-rows.js'
import { type Activation, gatedUnit, gatedUnitBackward } from '../../tensors/fused/gated-unit.js'
import { manyRowOps } from '../../tensors/fused/many-rows.js'
import type { ManyRowOps } from '../../tensors/kernel-ops.js'
import type { Ops, Tensor, TensorDtype } from '../../tensors/ops.js'
import type { GradientSink, RunContext } from '../parameter.js'
import type { Linear } from './linear.js'
import type { Projections } from './projections.js'

/** What the backward pass of the feed-forward block needs; a(gate) · up is made again. */
export type MlpActivations = {
  /** [N, F] in the projections' dtype. */
  readonly gate: Tensor
  /** As gate. */
  readonly up: Tensor
}

/** Gated feed-forward block: y = down(a(gate(x)) · up(x)). */
export class Mlp {
  constructor(
    /** Gate and up, in this order. */
    readonly expansion: Projections,
    public down: Linear,
    readonly activation: Activation,
  ) {}

  /** What the block's input comes in. */
  get dtype(): TensorDtype {
    return this.expansion.dtype
  }

  /** @param x [N, E] in `dtype` @returns owned by the open scope */
  expand(context: RunContext, x: Tensor): MlpActivations {
    const [gate, up] = this.expansion.forward(context, x) as [Tensor, Tensor]
    return { gate, up }
  }

  /** @returns y, float32 [N, E], owned by the open scope */
  contract(context: RunContext, expanded: MlpActivations): Tensor {
    const { ops } = context
    return ops.scope(() => {
      const activated = ops.scope(() => {
        const { dtype } = this.down
        const few = fewRowOps(ops, expanded.gate, dtype)
        const own = few ?? manyRowOps(ops, expanded.gate.dtype, dtype)
        if (own !== undefined) return own.gatedUnit(this.activation, expanded.gate, expanded.up, dtype)
        const { gate, up } = asFloat32(ops, expanded)
        return asDtype(ops, gatedUnit(ops, this.activation, gate, up).activated, dtype)
      })
      return asDtype(ops, this.down.forward(context, activated), 'float32')
    })
  }

  /**
   * @param x the input of `expand`, [N, E] in `dtype`
   * @param dy gradient of y, float32 [N, E]
   * @returns gradient of x, float32 [N, E], owned by the open scope; parameters' gradients go to `sink`
   */
  backward(context: RunContext, x: Tensor, dy: Tensor, saved: MlpActivations, sink: GradientSink): Tensor {
    const { ops } = context
    return ops.scope(() => {
      const gradients = ops.scope(() => {
        const many = manyRowOps(ops, saved.gate.dtype, this.down.dtype)
        const { dGate, dUp } =
          many === undefined
            ? this.backwardOfContract(context, dy, asFloat32(ops, saved), sink)
            : this.fusedBackwardOfContract(context, many, dy, saved, sink)
        return [dGate, dUp].map((gradient) => asDtype(ops, gradient, this.dtype))
      })
      return this.expansion.backward(context, x, gradients, true, sink) as Tensor
    })
  }

  /** As `backwardOfContract`, in the dtype of `saved`. */
  private fusedBackwardOfContract(
    context: RunContext,
    many: ManyRowOps,
    dy: Tensor,
    { gate, up }: MlpActivations,
    sink: GradientSink,
  ): { dGate: Tensor; dUp: Tensor } {
    const { ops } = context
    const { dtype } = this.down
    return ops.scope(() => {
      const x = many.gatedUnit(this.activation, gate, up, dtype)
      const dx = this.down.backward(context, x, asDtype(ops, dy, dtype), true, sink) as Tensor
      ops.free(x)
      return many.gatedUnitBackward(this.activation, gate, up, dx)
    })
  }

  /** @param saved in float32 @returns float32 */
  private backwardOfContract(
    context: RunContext,
    dy: Tensor,
    saved: MlpActivations,
    sink: GradientSink,
  ): { dGate: Tensor; dUp: Tensor } {
    const { ops } = context
    return ops.scope(() => {
      const { sigmoid, active, activated } = gatedUnit(ops, this.activation, saved.gate, saved.up)
      const { dtype } = this.down
      const x = asDtype(ops, activated, dtype)
      const dx = this.down.backward(context, x, asDtype(ops, dy, dtype), true, sink) as Tensor
      const dActivated = asDtype(ops, dx, 'float32')
      ops.free(activated, x)
      return gatedUnitBackward(ops, this.activation, saved, { sigmoid, active }, dActivated)
    })
  }
}

function asFloat32(ops: Ops, { gate, up }: MlpActivations): MlpActivations {
  return { gate: asDtype(ops, gate, 'float32'), up: asDtype(ops, up, 'float32') }
}
