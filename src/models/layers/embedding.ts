import { roundTo } from '../../tensors/dtype.js'
import { asDtype } from '../../tensors/fused/as-dtype.js'
import type { Ops, Tensor } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'

/** Token embedding: row `id` of a table, times a constant. */
export class Embedding {
  constructor(
    /** Float [V, E]. */
    readonly weight: Parameter,
    /** As a rule 1; Gemma √E, rounded to the table's dtype before it multiplies, as the reference does. */
    readonly scale: number,
  ) {}

  /** @param ids int32 [N] @returns float32 [N, E], owned by the open scope */
  forward({ ops }: RunContext, ids: Tensor): Tensor {
    return ops.scope(() => this.scaled(ops, asDtype(ops, ops.gather(this.weight.value, ids), 'float32')))
  }

  /**
   * @param dy float32 [N, E]
   * @param fromHead gradient of the same table as output head (tied weights), freed here
   */
  backward(
    { ops }: RunContext,
    ids: Tensor,
    dy: Tensor,
    fromHead: Tensor | undefined,
    sink: GradientSink,
  ): void {
    const vocabSize = this.weight.value.shape[0] ?? 0
    const gradient = ops.scope(() => {
      const fromTokens = ops.scatterAdd(this.scaled(ops, dy), ids, vocabSize) // [V, E]
      return fromHead === undefined ? fromTokens : ops.add(fromTokens, fromHead)
    })
    ops.free(fromHead)
    sink(this.weight, gradient)
  }

  private scaled(ops: Ops, x: Tensor): Tensor {
    return this.scale === 1 ? x : ops.scale(x, roundTo(this.weight.value.dtype, this.scale))
  }
}
