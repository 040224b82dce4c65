import type { FloatStorageDtype } from '../../tensors/dtype.js'
import { fewRowOps } from '../../tensors/fused/few-rows.js'
import type { PackedMatrix } from '../../tensors/kernel-ops.js'
import { type DeviceNf4, decodeOnDevice, nf4Handles, packedMatrix } from '../../tensors/nf4-device.js'
import type { Ops, Tensor, TensorDtype } from '../../tensors/ops.js'
import type { Parameter } from '../parameter.js'
import type { LinearWeight } from './linear-weight.js'
import { type RowOrder, rowsFromCheckpoint } from './row-order.js'

interface Nf4WeightOptions {
  /** Its name in the checkpoint. */
  readonly path: string
  /** [outFeatures, inFeatures], rows in the checkpoint's order. The weight takes its handles over. */
  readonly tensor: DeviceNf4
  /** Order of the rows of the dense matrix. */
  readonly rowOrder: RowOrder
  /** Dtype of products. */
  readonly dtype: TensorDtype
}

/**
 * A frozen weight in 4-bit NormalFloat. Its dense matrix is made anew wherever it multiplies and is not kept, but for one
 * stretch: between `hold` and `release` it is made once, for a layer that runs forward again and backward right after.
 *
 * @see Dettmers et al., "QLoRA: Efficient Finetuning of Quantized LLMs" (2023)
 */
export class Nf4Weight implements LinearWeight {
  readonly outFeatures: number
  readonly inFeatures: number
  readonly dtype: TensorDtype
  /** What decoded values are rounded to: the dtype of the weights that were quantized. */
  readonly rounding: FloatStorageDtype
  private readonly path: string
  private readonly tensor: DeviceNf4
  private readonly packed: readonly Parameter[]
  /** int32 [outFeatures]: which row of the checkpoint each row of the matrix is; undefined where none moves. */
  private readonly rows: Tensor | undefined
  private unpacked: Parameter | undefined

  constructor(ops: Ops, { path, tensor, rowOrder, dtype }: Nf4WeightOptions) {
    const [outFeatures = 0, inFeatures = 0] = tensor.shape
    this.outFeatures = outFeatures
    this.inFeatures = inFeatures
    this.dtype = dtype
    this.rounding = tensor.rounding
    this.path = path
    this.tensor = tensor
    const order = rowsFromCheckpoint(
      Float32Array.from({ length: outFeatures }, (_, row) => row),
      outFeatures,
      rowOrder,
    )
    const moves = order.some((row, i) => row !== i)
    this.rows = moves ? ops.keep(ops.upload(Int32Array.from(order), [outFeatures])) : undefined
    const handles = [...nf4Handles(tensor), ...(this.rows === undefined ? [] : [this.rows])]
    this.packed = handles.map((value, i) => ({ path: `${path}.packed.${i}`, value, trainable: false }))
  }

  parameters(): readonly Parameter[] {
    return this.unpacked === undefined ? this.packed : [this.unpacked]
  }

  matrix(ops: Ops): Tensor {
    return this.unpacked?.value ?? this.decoded(ops)
  }

  multiply(ops: Ops, x: Tensor, heads: number | undefined): Tensor | undefined {
    if (this.unpacked !== undefined) return undefined
    return fewRowOps(ops, x)?.multiplyPacked(x, packedMatrix(this.tensor, this.dtype, this.rows), heads)
  }

  held(): Tensor | PackedMatrix {
    return this.unpacked?.value ?? packedMatrix(this.tensor, this.dtype, this.rows)
  }

  traceKey(): string {
    return this.unpacked === undefined ? this.packedKey() : 'frozen'
  }

  hold(ops: Ops): void {
    if (this.unpacked !== undefined) return
    const decode = ops.trace(`${this.packedKey()}${this.dtype}`, () => [this.decoded(ops)])
    const [value] = ops.scope(() => decode(this.packed.map((parameter) => parameter.value)))
    if (value !== undefined) this.unpacked = { path: this.path, value: ops.keep(value), trainable: false }
  }

  release(ops: Ops): void {
    ops.free(this.unpacked?.value)
    this.unpacked = undefined
  }

  private packedKey(): string {
    const { shape, rounding, blockSize, maxima } = this.tensor
    return `nf4(${shape},${rounding},${blockSize},${'dtype' in maxima},${this.rows !== undefined})`
  }

  private decoded(ops: Ops): Tensor {
    return decodeOnDevice(ops, this.tensor, this.dtype, this.rows)
  }
}
