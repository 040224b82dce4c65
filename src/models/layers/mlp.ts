import { type Activation, gatedUnit, gatedUnitBackward } from '../../tensors/fused/gated-unit.js'
import type { Tensor } from '../../tensors/ops.js'
import type { GradientSink, RunContext } from '../parameter.js'
import type { Linear } from './linear.js'
import type { Projections } from './projections.js'

/** What the backward pass of the feed-forward block needs; a(gate) · up is made again. */
export type MlpActivations = {
  /** float32 [N, F]. */
  readonly gate: Tensor
  /** float32 [N, F]. */
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

  /** @param x float32 [N, E] @returns owned by the open scope */
  expand(context: RunContext, x: Tensor): MlpActivations {
    const [gate, up] = this.expansion.forward(context, x) as [Tensor, Tensor]
    return { gate, up }
  }

  /** @returns y, float32 [N, E], owned by the open scope */
  contract(context: RunContext, { gate, up }: MlpActivations): Tensor {
    const { ops } = context
    return ops.scope(() => {
      const { sigmoid, active, activated } = gatedUnit(ops, this.activation, gate, up)
      ops.free(sigmoid, active)
      return this.down.forward(context, activated)
    })
  }

  /**
   * @param x the input of `expand`
   * @param dy gradient of y, float32 [N, E]
   * @returns gradient of x, float32 [N, E], owned by the open scope; parameters' gradients go to `sink`
   */
  backward(context: RunContext, x: Tensor, dy: Tensor, saved: MlpActivations, sink: GradientSink): Tensor {
    return context.ops.scope(() => {
      const { dGate, dUp } = this.backwardOfContract(context, dy, saved, sink)
      return this.expansion.backward(context, x, [dGate, dUp], true, sink) as Tensor
    })
  }

  private backwardOfContract(
    context: RunContext,
    dy: Tensor,
    saved: MlpActivations,
    sink: GradientSink,
  ): { dGate: Tensor; dUp: Tensor } {
    const { ops } = context
    return ops.scope(() => {
      const { sigmoid, active, activated } = gatedUnit(ops, this.activation, saved.gate, saved.up)
      const dActivated = this.down.backward(context, activated, dy, true, sink) as Tensor
      ops.free(activated)
      return gatedUnitBackward(ops, this.activation, saved, { sigmoid, active }, dActivated)
    })
  }
}
