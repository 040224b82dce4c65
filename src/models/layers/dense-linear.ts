import type { Ops, Tensor } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'
import type { Linear } from './linear.js'
import type { RowOrder } from './row-order.js'

interface DenseLinearOptions {
  readonly path: string
  /** Float [outFeatures, inFeatures], rows in `rowOrder`. */
  readonly weight: Parameter
  /** Float [outFeatures], in `rowOrder`. */
  readonly bias?: Parameter | undefined
  readonly rowOrder?: RowOrder
}

/** A Linear with its weight as one dense matrix. */
export class DenseLinear implements Linear {
  readonly path: string
  readonly inFeatures: number
  readonly outFeatures: number
  readonly rowOrder: RowOrder
  readonly weight: Parameter
  readonly bias: Parameter | undefined

  constructor({ path, weight, bias, rowOrder = { kind: 'plain' } }: DenseLinearOptions) {
    const [outFeatures = 0, inFeatures = 0] = weight.value.shape
    this.path = path
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    this.rowOrder = rowOrder
    this.weight = weight
    this.bias = bias
  }

  parameters(): readonly Parameter[] {
    return this.bias === undefined ? [this.weight] : [this.weight, this.bias]
  }

  forward({ ops }: RunContext, x: Tensor, heads?: number): Tensor {
    return ops.scope(() => {
      const weight =
        heads === undefined
          ? this.weight.value
          : ops.reshape(this.weight.value, [heads, this.outFeatures / heads, this.inFeatures]) // [heads, D, in]
      const y = ops.matmul(x, weight, { transposeB: true }) // [N, out] or [heads, N, D]
      if (this.bias === undefined) return y
      const bias =
        heads === undefined
          ? this.bias.value
          : ops.reshape(this.bias.value, [heads, 1, this.outFeatures / heads]) // [heads, 1, D]
      return ops.add(y, bias)
    })
  }

  backward(
    { ops }: RunContext,
    x: Tensor,
    dy: Tensor,
    needInputGradient: boolean,
    sink: GradientSink,
  ): Tensor | undefined {
    if (this.weight.trainable) sink(this.weight, ops.matmul(dy, x, { transposeA: true })) // [out, in]
    if (this.bias?.trainable) sink(this.bias, ops.sum(dy, [0])) // [out]
    return needInputGradient ? ops.matmul(dy, this.weight.value) : undefined // [N, in]
  }

  traceKey(): string {
    const flags = this.parameters().map((parameter) => (parameter.trainable ? 'trained' : 'frozen'))
    return `dense(${flags.join(',')})`
  }

  dispose(ops: Ops): void {
    ops.free(this.weight.value, this.bias?.value)
  }
}
