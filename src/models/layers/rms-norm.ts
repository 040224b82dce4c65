import { asDtype } from '../../tensors/fused/as-dtype.js'
import { fewRowOps } from '../../tensors/fused/few-rows.js'
import { manyRowOps } from '../../tensors/fused/many-rows.js'
import { type NormalizedRows, normalizeRows, normalizeRowsBackward } from '../../tensors/fused/rms-norm.js'
import type { FewRowOps } from '../../tensors/kernel-ops.js'
import type { Ops, Tensor, TensorDtype } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'

export interface NormRule {
  /** ε, added to the mean square. */
  readonly epsilon: number
  /** Added to the weight: 1 where checkpoints store the difference from one (Gemma), else 0. */
  readonly offset: number
}

/**
 * y = x̂ · (w + offset) with x̂ = x / √(mean(x²) + ε), over the last axis. Backward keeps x̂ and not y, which one product
 * makes again.
 *
 * @see Zhang & Sennrich, "Root Mean Square Layer Normalization" (2019)
 */
export class RMSNorm {
  constructor(
    /** Float32 [E]. */
    readonly weight: Parameter,
    readonly rule: NormRule,
  ) {}

  /** y in a dtype, rounded once, where no backward pass follows. @param x float32 [..., E] @returns owned by the open scope */
  forward(
    context: RunContext,
    x: Tensor,
    dtype: TensorDtype = 'float32',
    few: FewRowOps | undefined = fewRowOps(context.ops, x, dtype),
  ): Tensor {
    const { ops } = context
    if (few !== undefined) return few.normRows(x, this.weight.value, { ...this.rule, dtype })
    return ops.scope(() => this.normalize(context, x, dtype).y)
  }

  /** @param x float32 [..., E] @returns y in a dtype, x̂ and its divisor, owned by the open scope */
  normalize(
    context: RunContext,
    x: Tensor,
    dtype: TensorDtype = 'float32',
  ): { y: Tensor; rows: NormalizedRows } {
    const { ops } = context
    const many = manyRowOps(ops, dtype)
    if (many !== undefined) {
      const { y, ...rows } = many.normalizeRows(x, this.weight.value, { ...this.rule, dtype })
      return { y, rows }
    }
    const rows = normalizeRows(ops, x, this.rule.epsilon)
    return { y: this.weigh(context, rows.normalized, dtype), rows }
  }

  /** y from x̂, [..., E] in a dtype, rounded once; owned by the open scope. */
  weigh({ ops }: RunContext, normalized: Tensor, dtype: TensorDtype = 'float32'): Tensor {
    return ops.scope(() => asDtype(ops, ops.mul(normalized, this.factor(ops)), dtype))
  }

  /**
   * @param dy gradient of y, float32 [..., E]
   * @param residual gradient of x past the norm, which is added
   * @returns gradient of x, owned by the open scope; that of w goes to `sink`
   */
  backward(
    { ops }: RunContext,
    dy: Tensor,
    rows: NormalizedRows,
    sink: GradientSink,
    residual?: Tensor,
  ): Tensor {
    if (this.weight.trainable) this.weightGradient(ops, dy, rows, sink)
    const many = manyRowOps(ops)
    if (many !== undefined) {
      return many.normalizeRowsBackward(dy, rows, this.weight.value, { ...this.rule, residual })
    }
    return ops.scope(() => {
      const dx = normalizeRowsBackward(ops, ops.mul(dy, this.factor(ops)), rows)
      return residual === undefined ? dx : ops.add(residual, dx)
    })
  }

  /** Only the weight's gradient: for the first norm of a model whose embedding is frozen. */
  backwardOfWeight({ ops }: RunContext, dy: Tensor, rows: NormalizedRows, sink: GradientSink): void {
    if (this.weight.trainable) this.weightGradient(ops, dy, rows, sink)
  }

  /** Names all that a recorded run depends on besides shapes. */
  traceKey(): string {
    return `norm(${this.rule.epsilon},${this.rule.offset},${this.weight.trainable})`
  }

  private factor(ops: Ops): Tensor {
    const { offset } = this.rule
    return offset === 0 ? this.weight.value : ops.addScalar(this.weight.value, offset)
  }

  private weightGradient(ops: Ops, dy: Tensor, rows: NormalizedRows, sink: GradientSink): void {
    const axes = dy.shape.slice(0, -1).map((_, axis) => axis)
    sink(
      this.weight,
      ops.scope(() => ops.sum(ops.mul(dy, rows.normalized), axes)),
    )
  }
}
