import { elementCount } from '../dtype.js'
import type { BinaryKind, UnaryKind } from '../host/element-wise.js'
import { HostOps } from '../host/host-ops.js'
import type { HostTensor } from '../host/host-tensors.js'
import { type MatmulPlan, planMatmul } from '../host/matmul-plan.js'
import { broadcastShape, shapeError } from '../host/shape-rules.js'
import type { MatmulOptions, Tensor } from '../ops.js'
import type { WasmBlock, WasmMemory } from './wasm-memory.js'

const floatType = 0 // the kernels' number for float32
const maxRank = 8

/** The operations on the wasm heap: compiled kernels where they are faster than JavaScript on the same memory. */
export class WasmOps extends HostOps<WasmBlock> {
  readonly name = 'wasm'
  private readonly heap: WasmMemory
  /** Two shapes as the kernels read them. */
  private readonly shapes: number

  constructor(memory: WasmMemory) {
    super(memory)
    this.heap = memory
    this.shapes = memory.module._malloc(2 * 4 * maxRank) >>> 0
  }

  override matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
    const plan = planMatmul(a, b, options)
    const left = plan.transposeA ? this.transposeMatrices(a) : a
    const right = plan.transposeB ? this.transposeMatrices(b) : b
    const out = this.make(plan.outShape)
    if (elementCount(plan.outShape) > 0 && plan.inner > 0) this.multiply(plan, left, right, out)
    else this.floats(out).fill(0)
    if (left !== a) this.free(left)
    if (right !== b) this.free(right)
    return out
  }

  override softmax(x: Tensor): Tensor {
    const width = x.shape.at(-1) ?? 0
    if (elementCount(x.shape) === 0) return super.softmax(x)
    const out = this.make(x.shape)
    this.heap.module._Softmax(this.id(x), this.id(out), width, elementCount(x.shape) / width)
    return out
  }

  override maskedSoftmax(scores: Tensor, mask: Tensor): Tensor {
    return this.scope(() => this.softmax(this.add(scores, mask)))
  }

  protected override binary(kind: BinaryKind, a: Tensor, b: Tensor): Tensor {
    const shape = broadcastShape(kind, a.shape, b.shape)
    if (elementCount(shape) === 0 || shape.length > 6) return super.binary(kind, a, b)
    const out = this.make(shape)
    const [shapeA, shapeB] = [this.writeShape(0, a.shape), this.writeShape(1, b.shape)]
    const { module } = this.heap
    const kernels = { add: '_Add', sub: '_Sub', mul: '_Multiply', div: '_RealDiv' } as const
    module[kernels[kind]](
      this.id(a),
      shapeA,
      a.shape.length,
      this.id(b),
      shapeB,
      b.shape.length,
      floatType,
      this.id(out),
    )
    return out
  }

  protected override unary(kind: UnaryKind, x: Tensor): Tensor {
    if (kind !== 'sigmoid' || elementCount(x.shape) === 0) return super.unary(kind, x)
    const out = this.make(x.shape)
    this.heap.module._Sigmoid(this.id(x), this.id(out))
    return out
  }

  private multiply(plan: MatmulPlan, a: Tensor, b: Tensor, out: Tensor): void {
    const { rows, inner, columns, products } = plan
    const { heap } = this
    const shapeA = this.writeShape(0, [1, rows, inner])
    const shapeB = this.writeShape(1, [1, inner, columns])
    const part = (x: Tensor, from: number, size: number): number => {
      const own = this.own(x)
      return from === 0 && size === own.size
        ? own.shared.block.id
        : heap.register(own.shared.block.byteOffset + 4 * from, size)
    }
    for (const at of products) {
      const ids = [
        part(a, at.a, rows * inner),
        part(b, at.b, inner * columns),
        part(out, at.out, rows * columns),
      ]
      const [idA, idB, idOut] = ids as [number, number, number]
      heap.module._BatchMatMul(idA, shapeA, 3, idB, shapeB, 3, 0, 0, idOut)
      for (const [i, x] of [a, b, out].entries()) if (ids[i] !== this.id(x)) heap.forget(ids[i] as number)
    }
    heap.check()
  }

  private transposeMatrices(x: Tensor): Tensor {
    const rank = x.shape.length
    const batch = x.shape.slice(0, -2).map((_, axis) => axis)
    return this.transpose(x, [...batch, rank - 1, rank - 2])
  }

  private id(x: Tensor): number {
    const own: HostTensor<WasmBlock> = this.own(x)
    if (own.dtype !== 'float32')
      throw shapeError('tensor', 'dtype must be float32', `${own.dtype} [${own.shape}]`)
    return own.shared.block.id
  }

  private writeShape(slot: number, shape: readonly number[]): number {
    const offset = this.shapes + slot * 4 * maxRank
    this.heap.module.HEAP32.set(shape, offset / 4)
    return offset
  }
}
