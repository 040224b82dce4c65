import { type NormalizedRows, normalizeRows, normalizeRowsBackward } from '../../tensors/fused/rms-norm.js'
import type { Tensor } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'

/**
 * y = x̂ · w with x̂ = x / √(mean(x²) + ε). Backward keeps x̂ and not y, which one product makes again.
 *
 * @see Zhang & Sennrich, "Root Mean Square Layer Normalization" (2019)
 */
export class RMSNorm {
  constructor(
    /** Float32 [E]. */
    readonly weight: Parameter,
    readonly epsilon: number,
  ) {}

  /** @param x float32 [N, E] @returns x̂ and its divisor, owned by the open scope */
  normalize({ ops }: RunContext, x: Tensor): NormalizedRows {
    return normalizeRows(ops, x, this.epsilon)
  }

  /** y from x̂, float32 [N, E], owned by the open scope. */
  weigh({ ops }: RunContext, normalized: Tensor): Tensor {
    return ops.mul(normalized, this.weight.value)
  }

  /** @param dy gradient of y, float32 [N, E] @returns gradient of x, owned by the open scope; that of w goes to `sink` */
  backward({ ops }: RunContext, dy: Tensor, rows: NormalizedRows, sink: GradientSink): Tensor {
    if (this.weight.trainable) this.weightGradient(ops, dy, rows, sink)
    return ops.scope(() => normalizeRowsBackward(ops, ops.mul(dy, this.weight.value), rows))
  }

  /** Only the weight's gradient: for the first norm of a model whose embedding is frozen. */
  backwardOfWeight({ ops }: RunContext, dy: Tensor, rows: NormalizedRows, sink: GradientSink): void {
    if (this.weight.trainable) this.weightGradient(ops, dy, rows, sink)
  }

  private weightGradient(ops: RunContext['ops'], dy: Tensor, rows: NormalizedRows, sink: GradientSink): void {
    sink(
      this.weight,
      ops.scope(() => ops.sum(ops.mul(dy, rows.normalized), [0])),
    )
  }
}
