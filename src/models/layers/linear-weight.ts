import { asDtype } from '../../tensors/fused/as-dtype.js'
import { manyRowOps } from '../../tensors/fused/many-rows.js'
import type { PackedMatrix } from '../../tensors/kernel-ops.js'
import type { Ops, Tensor, TensorDtype } from '../../tensors/ops.js'
import type { Parameter } from '../parameter.js'

/**
 * The matrix of a linear layer in the form the device holds it: dense in one of the floating dtypes (`DenseWeight`), or
 * packed. One class each; a Linear takes any.
 */
export interface LinearWeight {
  readonly outFeatures: number
  readonly inFeatures: number
  /** Dtype of products with it: what a Linear takes and returns. */
  readonly dtype: TensorDtype
  /** What is held, in a stable order: recorded graphs take it as inputs, and the model frees it. */
  parameters(): readonly Parameter[]
  /**
   * The dense matrix, float [outFeatures, inFeatures] in `dtype`. Belongs to the open scope or to the weight itself: not
   * to be freed by the caller.
   */
  matrix(ops: Ops): Tensor
  /**
   * x · Wᵀ straight from the packed form, for few rows; undefined where the dense matrix does it better.
   * @param x [N, inFeatures] in `dtype`
   * @returns [N, outFeatures], or [heads, N, outFeatures / heads]; owned by the open scope
   */
  multiply?(ops: Ops, x: Tensor, heads: number | undefined): Tensor | undefined
  /** What is held, for kernels that read it as it is; undefined where products take another form. */
  held(): Tensor | PackedMatrix | undefined
  /** Makes the dense matrix once for all calls until `release`; absent where it is held anyway. */
  hold?(ops: Ops): void
  /** Frees what `hold` made. */
  release?(ops: Ops): void
  /** Names all that a recorded run depends on besides shapes and dtypes: the form, what is trainable. */
  traceKey(): string
}

/** A weight that is one dense matrix, float32, bfloat16 or float16. The only form that can be trained. */
export class DenseWeight implements LinearWeight {
  readonly outFeatures: number
  readonly inFeatures: number

  /** @param parameter float [outFeatures, inFeatures] */
  constructor(readonly parameter: Parameter) {
    const [outFeatures = 0, inFeatures = 0] = parameter.value.shape
    this.outFeatures = outFeatures
    this.inFeatures = inFeatures
  }

  get dtype(): TensorDtype {
    return this.parameter.productDtype ?? this.parameter.value.dtype
  }

  parameters(): readonly Parameter[] {
    return [this.parameter]
  }

  matrix(ops: Ops): Tensor {
    return productMatrix(ops, this.parameter)
  }

  held(): Tensor | undefined {
    const { value, productDtype = value.dtype } = this.parameter
    return value.dtype === productDtype ? value : undefined
  }

  /**
   * W + left · right in the dtype that W is held in, added in float32; owned by the open scope.
   * @param left float32 [out, R]
   * @param right float32 [R, in]
   */
  changedBy(ops: Ops, left: Tensor, right: Tensor): Tensor {
    const { value } = this.parameter
    return ops.scope(() => {
      const exact = asDtype(ops, value, 'float32')
      const many = manyRowOps(ops, value.dtype)
      if (many !== undefined) return many.addLowRank(exact, left, right, value.dtype)
      return asDtype(ops, ops.add(exact, ops.matmul(left, right)), value.dtype)
    })
  }

  traceKey(): string {
    return `${this.parameter.trainable ? 'trained' : 'frozen'} ${this.dtype}`
  }
}

/** A parameter's matrix in the dtype of products with it: the parameter's own handle, or one of the open scope. */
export function productMatrix(ops: Ops, { value, productDtype = value.dtype }: Parameter): Tensor {
  return asDtype(ops, value, productDtype)
}
