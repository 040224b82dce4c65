import { swiglu, swigluBackward } from '../../tensors/fused/swiglu.js'
import type { Tensor } from '../../tensors/ops.js'
import type { GradientSink, RunContext } from '../parameter.js'
import type { Linear } from './linear.js'

/** What the backward pass of the feed-forward block needs; silu(gate) · up is made again. */
export type MlpActivations = {
  /** float32 [N, F]. */
  readonly gate: Tensor
  /** float32 [N, F]. */
  readonly up: Tensor
}

/** Gated feed-forward block: y = down(silu(gate(x)) · up(x)). */
export class Mlp {
  /** The three projections; an adapter takes the place of one. */
  readonly linears: Record<'gate' | 'up' | 'down', Linear>

  constructor(linears: Record<'gate' | 'up' | 'down', Linear>) {
    this.linears = linears
  }

  /** @param x float32 [N, E] @returns owned by the open scope */
  expand(context: RunContext, x: Tensor): MlpActivations {
    return { gate: this.linears.gate.forward(context, x), up: this.linears.up.forward(context, x) }
  }

  /** @returns y, float32 [N, E], owned by the open scope */
  contract(context: RunContext, { gate, up }: MlpActivations): Tensor {
    const { ops } = context
    return ops.scope(() => {
      const { sigmoid, silu, activated } = swiglu(ops, gate, up)
      ops.free(sigmoid, silu)
      return this.linears.down.forward(context, activated)
    })
  }

  /**
   * @param x the input of `expand`
   * @param dy gradient of y, float32 [N, E]
   * @returns gradient of x, float32 [N, E], owned by the open scope; parameters' gradients go to `sink`
   */
  backward(context: RunContext, x: Tensor, dy: Tensor, saved: MlpActivations, sink: GradientSink): Tensor {
    const { ops } = context
    const { gate: toGate, up: toUp } = this.linears
    return ops.scope(() => {
      const { dGate, dUp } = this.backwardOfContract(context, dy, saved, sink)
      const throughGate = toGate.backward(context, x, dGate, true, sink) as Tensor
      ops.free(dGate)
      const throughUp = toUp.backward(context, x, dUp, true, sink) as Tensor
      ops.free(dUp)
      return ops.add(throughGate, throughUp)
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
      const { sigmoid, silu, activated } = swiglu(ops, saved.gate, saved.up)
      const dActivated = this.linears.down.backward(context, activated, dy, true, sink) as Tensor
      ops.free(activated)
      return swigluBackward(ops, saved, { sigmoid, silu }, dActivated)
    })
  }
}
