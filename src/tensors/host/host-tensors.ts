import { MedtuneError } from '../../errors.js'
import { decodeFloat32, elementCount } from '../dtype.js'
import type { MemoryUse, Tensor, TensorDtype, TensorTree } from '../ops.js'
import { completeShape, shapeError } from './shape-rules.js'

/** Memory that one handle, or several views of one shape each, look at. */
export interface MemoryBlock {
  readonly byteLength: number
  /** The array buffer it lies in now; a wasm heap that grows moves to another one. */
  readonly buffer: ArrayBufferLike
  readonly byteOffset: number
}

/** Where blocks come from. */
export interface TensorMemory<Block extends MemoryBlock> {
  /** Contents are arbitrary. @throws OUT_OF_MEMORY */
  allocate(byteLength: number): Block
  release(block: Block): void
  /** Ends the memory itself; no block is used afterwards. */
  dispose(): void
}

type HostDtype = 'float32' | 'int32' | 'uint8'

interface SharedBlock<Block> {
  readonly block: Block
  handles: number
}

/** A handle whose elements JavaScript can see. */
export class HostTensor<Block extends MemoryBlock = MemoryBlock> implements Tensor {
  freed = false
  /** The scope that frees it; undefined for kept handles and those made outside any. */
  scope: HostTensor<Block>[] | undefined

  constructor(
    readonly shape: readonly number[],
    readonly dtype: HostDtype,
    readonly size: number,
    readonly shared: SharedBlock<Block>,
  ) {}
}

/**
 * Handles over memory that JavaScript can see: lifetimes, the memory account, uploads and reads. The floating storage
 * type is float32; bfloat16 and float16 data is widened on its way in.
 */
export abstract class HostTensors<Block extends MemoryBlock> {
  protected readonly storage: TensorMemory<Block>
  private readonly scopes: HostTensor<Block>[][] = []
  private readonly live = new Set<HostTensor<Block>>()
  private byteCount = 0
  private peakBytes = 0
  private disposed = false

  constructor(storage: TensorMemory<Block>) {
    this.storage = storage
  }

  scope<Result>(body: () => Result): Result {
    const scope: HostTensor<Block>[] = []
    this.scopes.push(scope)
    try {
      const result = body()
      if (result instanceof Promise) {
        throw new MedtuneError('INTERNAL', 'scope body must be synchronous; got a promise.')
      }
      const parent = this.scopes.at(-2)
      this.passOn(result as TensorTree | undefined, scope, parent)
      return result
    } finally {
      this.scopes.pop()
      for (const tensor of scope) if (tensor.scope === scope) this.release(tensor)
    }
  }

  keep<T extends Tensor>(tensor: T): T {
    this.own(tensor).scope = undefined
    return tensor
  }

  free(...tensors: readonly (Tensor | undefined | null)[]): void {
    for (const tensor of tensors) if (tensor instanceof HostTensor) this.release(tensor)
  }

  memory(): MemoryUse {
    return { tensors: this.live.size, bytes: this.byteCount, peakBytes: this.peakBytes }
  }

  resetPeak(): void {
    this.peakBytes = this.byteCount
  }

  upload(
    data: Float32Array | Int32Array | Uint8Array | Uint16Array,
    shape: readonly number[],
    dtype?: TensorDtype,
  ): Tensor {
    if (data.length !== elementCount(shape)) {
      throw shapeError('upload', `data must fill the shape [${shape}]`, `${data.length} elements`)
    }
    const type = uploadedDtype(data)
    if (dtype !== undefined && (type === undefined ? !isHalf(dtype) : dtype !== type)) {
      throw shapeError('upload', `data must match its dtype`, `${data[Symbol.toStringTag]} as ${dtype}`)
    }
    const out = this.make(shape, type ?? 'float32')
    if (type === undefined) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      decodeFloat32(dtype === 'float16' ? 'F16' : 'BF16', bytes, this.floats(out))
    } else this.values(out).set(data)
    return out
  }

  async read(tensor: Tensor): Promise<Float32Array> {
    return new Float32Array(this.floats(tensor))
  }

  async readInt32(tensor: Tensor): Promise<Int32Array> {
    return new Int32Array(this.integers(tensor))
  }

  full(shape: readonly number[], value: number, dtype: TensorDtype = 'float32'): Tensor {
    const out = this.make(shape, isHalf(dtype) ? 'float32' : dtype)
    this.values(out).fill(value)
    return out
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    const own = this.own(x)
    return this.adopt(new HostTensor(completeShape(shape, own.size), own.dtype, own.size, own.shared))
  }

  dispose(): void {
    for (const tensor of this.live) this.release(tensor)
    this.disposed = true
    this.storage.dispose()
  }

  /** A new handle to memory of its own, contents arbitrary. */
  protected make(shape: readonly number[], dtype: HostDtype = 'float32'): HostTensor<Block> {
    if (this.disposed) throw new MedtuneError('INTERNAL', 'A backend cannot be used after dispose.')
    const size = elementCount(shape)
    const block = this.storage.allocate(dtype === 'uint8' ? size : 4 * size)
    this.byteCount += block.byteLength
    this.peakBytes = Math.max(this.peakBytes, this.byteCount)
    return this.adopt(new HostTensor([...shape], dtype, size, { block, handles: 0 }))
  }

  /** A handle that this backend made and nobody freed. */
  protected own(tensor: Tensor): HostTensor<Block> {
    if (!(tensor instanceof HostTensor) || tensor.freed || !this.live.has(tensor)) {
      const reason = tensor instanceof HostTensor && tensor.freed ? 'a freed one' : 'one of another backend'
      throw new MedtuneError('INTERNAL', `A tensor [${tensor.shape}] must be a live handle; got ${reason}.`)
    }
    return tensor
  }

  /** Views below are taken after every allocation of an operation: an allocation may move the memory. */
  protected floats(tensor: Tensor): Float32Array {
    const { block, size } = this.typed(tensor, 'float32')
    return new Float32Array(block.buffer, block.byteOffset, size)
  }

  protected integers(tensor: Tensor): Int32Array {
    const { block, size } = this.typed(tensor, 'int32')
    return new Int32Array(block.buffer, block.byteOffset, size)
  }

  protected bytes(tensor: Tensor): Uint8Array {
    const { block, size } = this.typed(tensor, 'uint8')
    return new Uint8Array(block.buffer, block.byteOffset, size)
  }

  /** Elements as bits, for operations that only move them. */
  protected bits(tensor: Tensor): Int32Array | Uint8Array {
    const { dtype, size, shared } = this.own(tensor)
    const { buffer, byteOffset } = shared.block
    return dtype === 'uint8'
      ? new Uint8Array(buffer, byteOffset, size)
      : new Int32Array(buffer, byteOffset, size)
  }

  protected values(tensor: Tensor): Float32Array | Int32Array | Uint8Array {
    return this.own(tensor).dtype === 'float32' ? this.floats(tensor) : this.bits(tensor)
  }

  private typed(tensor: Tensor, dtype: HostDtype): { block: Block; size: number } {
    const own = this.own(tensor)
    if (own.dtype !== dtype)
      throw shapeError('tensor', `dtype must be ${dtype}`, `${own.dtype} [${own.shape}]`)
    return { block: own.shared.block, size: own.size }
  }

  private adopt(tensor: HostTensor<Block>): HostTensor<Block> {
    tensor.shared.handles++
    tensor.scope = this.scopes.at(-1)
    tensor.scope?.push(tensor)
    this.live.add(tensor)
    return tensor
  }

  private release(tensor: HostTensor): void {
    const own = tensor as HostTensor<Block>
    if (!this.live.delete(own)) return
    own.freed = true
    own.scope = undefined
    if (--own.shared.handles > 0) return
    this.byteCount -= own.shared.block.byteLength
    this.storage.release(own.shared.block)
  }

  /** Hands the handles of a result from the closing scope to the one around it. */
  private passOn(
    tree: TensorTree | undefined,
    from: HostTensor<Block>[],
    to: HostTensor<Block>[] | undefined,
  ): void {
    if (tree === null || typeof tree !== 'object') return
    if (!(tree instanceof HostTensor)) {
      for (const branch of Object.values(tree)) this.passOn(branch, from, to)
    } else if (tree.scope === from) {
      tree.scope = to
      to?.push(tree)
    }
  }
}

function isHalf(dtype: TensorDtype): dtype is 'bfloat16' | 'float16' {
  return dtype === 'bfloat16' || dtype === 'float16'
}

/** By tag and not by class: a notebook cell's arrays are of another realm. Undefined for 16-bit floats. */
function uploadedDtype(data: Float32Array | Int32Array | Uint8Array | Uint16Array): HostDtype | undefined {
  const dtypes = {
    Float32Array: 'float32',
    Int32Array: 'int32',
    Uint8Array: 'uint8',
    Uint16Array: undefined,
  } as const
  return dtypes[data[Symbol.toStringTag]]
}
