import type { Tensor } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'

/** Token embedding: row `id` of a table. */
export class Embedding {
  constructor(
    /** Float [V, E]. */
    readonly weight: Parameter,
  ) {}

  /** @param ids int32 [N] @returns float32 [N, E], owned by the open scope */
  forward({ ops }: RunContext, ids: Tensor): Tensor {
    return ops.gather(this.weight.value, ids)
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
      const fromTokens = ops.scatterAdd(dy, ids, vocabSize) // [V, E]
      return fromHead === undefined ? fromTokens : ops.add(fromTokens, fromHead)
    })
    ops.free(fromHead)
    sink(this.weight, gradient)
  }
}
