import { asDtype } from '../../tensors/fused/as-dtype.js'
import type { RowLinear } from '../../tensors/one-token-layer.js'
import type { Ops, Tensor, TensorDtype } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'
import type { Linear } from './linear.js'
import { DenseWeight, type LinearWeight } from './linear-weight.js'
import type { RowOrder } from './row-order.js'

interface DenseLinearOptions<Weight extends LinearWeight> {
  readonly path: string
  /** [outFeatures, inFeatures], rows in `rowOrder`. */
  readonly weight: Weight
  /** Float32 [outFeatures], in `rowOrder`. */
  readonly bias?: Parameter | undefined
  readonly rowOrder?: RowOrder
}

/** A Linear without adapter: one weight, in whatever form the device holds it, and perhaps a bias. */
export class DenseLinear<Weight extends LinearWeight = LinearWeight> implements Linear {
  readonly path: string
  readonly inFeatures: number
  readonly outFeatures: number
  readonly rowOrder: RowOrder
  readonly weight: Weight
  readonly bias: Parameter | undefined

  constructor({ path, weight, bias, rowOrder = { kind: 'plain' } }: DenseLinearOptions<Weight>) {
    this.path = path
    this.inFeatures = weight.inFeatures
    this.outFeatures = weight.outFeatures
    this.rowOrder = rowOrder
    this.weight = weight
    this.bias = bias
  }

  get dtype(): TensorDtype {
    return this.weight.dtype
  }

  parameters(): readonly Parameter[] {
    return [...this.weight.parameters(), ...(this.bias === undefined ? [] : [this.bias])]
  }

  forward({ ops }: RunContext, x: Tensor, heads?: number): Tensor {
    return ops.scope(() => {
      const y =
        this.weight.multiply?.(ops, x, heads) ??
        ops.matmul(x, rowsByHead(ops, this.weight.matrix(ops), heads), { transposeB: true }) // [N, out] or [heads, N, D]
      return this.withBias(ops, y, heads)
    })
  }

  /** y + b, in y's dtype. @param y [N, outFeatures], or [heads, N, D] */
  withBias(ops: Ops, y: Tensor, heads?: number): Tensor {
    if (this.bias === undefined) return y
    const shape = heads === undefined ? [this.outFeatures] : [heads, 1, this.outFeatures / heads]
    return ops.add(y, asDtype(ops, ops.reshape(this.bias.value, shape), y.dtype))
  }

  backward(
    { ops }: RunContext,
    x: Tensor,
    dy: Tensor,
    needInputGradient: boolean,
    sink: GradientSink,
  ): Tensor | undefined {
    return ops.scope(() => {
      this.sinkGradients(ops, x, dy, sink)
      return needInputGradient ? ops.matmul(dy, this.weight.matrix(ops)) : undefined // [N, in]
    })
  }

  /** Gradients of the weight and the bias, float32, where they are trained. */
  sinkGradients(ops: Ops, x: Tensor, dy: Tensor, sink: GradientSink): void {
    const { weight, bias } = this
    if (weight instanceof DenseWeight && weight.parameter.trainable) {
      const dW = ops.scope(() => asDtype(ops, ops.matmul(dy, x, { transposeA: true }), 'float32')) // [out, in]
      sink(weight.parameter, dW)
    }
    if (bias?.trainable) {
      const db = ops.scope(() => ops.sum(asDtype(ops, dy, 'float32'), [0])) // [out]
      sink(bias, db)
    }
  }

  traceKey(): string {
    const bias = this.bias === undefined ? 'none' : this.bias.trainable ? 'trained' : 'frozen'
    return `dense(${this.weight.traceKey()},${bias})`
  }

  holdWeight(ops: Ops): void {
    this.weight.hold?.(ops)
  }

  releaseWeight(ops: Ops): void {
    this.weight.release?.(ops)
  }

  /** Where products round the weight: a Linear that takes it as it is. One row is bound by memory, not by products. */
  forDecoding(): Linear {
    const { weight, path, bias, rowOrder } = this
    if (!(weight instanceof DenseWeight) || weight.parameter.productDtype === undefined) return this
    const { path: name, value } = weight.parameter
    const exact = new DenseWeight({ path: name, value, trainable: false })
    return new DenseLinear({ path, weight: exact, bias, rowOrder })
  }

  rowLinear(): RowLinear | undefined {
    const { dtype, bias } = this
    const matrix = this.weight.held()
    if (matrix === undefined || dtype === 'float16') return undefined
    return { matrix, dtype, bias: bias?.value }
  }

  dispose(ops: Ops): void {
    for (const { value } of this.parameters()) ops.free(value)
  }
}

/** Whether a Linear has no adapter and its weight is one dense matrix: it can be merged into, trained, be a head. */
export function hasDenseWeight(linear: Linear): linear is DenseLinear<DenseWeight> {
  return linear instanceof DenseLinear && linear.weight instanceof DenseWeight
}

/** A matrix [out, in] as one per head, [heads, D, in]; itself without heads. */
export function rowsByHead(ops: Ops, matrix: Tensor, heads: number | undefined): Tensor {
  if (heads === undefined) return matrix
  const [out = 0, width = 0] = matrix.shape
  return ops.reshape(matrix, [heads, out / heads, width])
}
