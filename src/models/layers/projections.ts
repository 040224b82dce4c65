import { asDtype } from '../../tensors/fused/as-dtype.js'
import type { Tensor, TensorDtype } from '../../tensors/ops.js'
import type { GradientSink, RunContext } from '../parameter.js'
import type { Linear } from './linear.js'

/**
 * Projections of one input: a Linear for each, or one fused Linear whose output rows are those of all, one after another
 * (`qkv_proj`, `gate_up_proj`). An adapter takes the place of a Linear.
 */
export class Projections {
  readonly linears: Linear[]

  /**
   * @param blocks how many equally wide blocks (heads) each projection has
   */
  constructor(
    linears: readonly Linear[],
    readonly blocks: readonly number[],
  ) {
    this.linears = [...linears]
  }

  /** What input, outputs and their gradients come and go in. */
  get dtype(): TensorDtype {
    return this.linears[0]?.dtype ?? 'float32'
  }

  /**
   * @param x [N, E] in `dtype`
   * @returns for each projection [blocks, N, width], or [N, width] where it has one block; owned by the open scope
   */
  forward(context: RunContext, x: Tensor): Tensor[] {
    const { ops } = context
    const [fused] = this.linears
    if (fused === undefined || this.linears.length === this.blocks.length) {
      return this.linears.map((linear, i) => linear.forward(context, x, severalBlocks(this.blocks[i])))
    }
    return ops.scope(() => {
      const total = this.blocks.reduce((sum, count) => sum + count, 0)
      const y = fused.forward(context, x, total) // [total, N, width]
      const [, rows = 0, width = 0] = y.shape
      const parts = ops.split(y, this.blocks, 0)
      return parts.map((part, i) => (this.blocks[i] === 1 ? ops.reshape(part, [rows, width]) : part))
    })
  }

  /**
   * @param x the forward input
   * @param gradients of the projections' outputs by token, [N, blocks · width] in `dtype`; freed here
   * @returns gradient of x, float32 [N, E], owned by the open scope, or undefined; parameters' gradients go to `sink`
   */
  backward(
    context: RunContext,
    x: Tensor,
    gradients: readonly Tensor[],
    needInputGradient: boolean,
    sink: GradientSink,
  ): Tensor | undefined {
    const { ops } = context
    const fused = this.linears.length < gradients.length
    return ops.scope(() => {
      const outputs = fused ? [ops.concat(gradients, 1)] : gradients // [N, out]
      if (fused) ops.free(...gradients)
      const parts: Tensor[] = []
      for (const [i, linear] of this.linears.entries()) {
        const dy = outputs[i] as Tensor
        const part = linear.backward(context, x, dy, needInputGradient, sink)
        ops.free(dy)
        if (part !== undefined) parts.push(asDtype(ops, part, 'float32'))
      }
      const [only] = parts
      if (!needInputGradient) return undefined
      return parts.length === 1 ? only : ops.addN(parts)
    })
  }

  /** The same projections of other Linears. */
  map(change: (linear: Linear) => Linear): Projections {
    return new Projections(this.linears.map(change), this.blocks)
  }
}

function severalBlocks(count: number | undefined): number | undefined {
  return count === 1 ? undefined : count
}
