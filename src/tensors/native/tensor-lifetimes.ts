import { MedtuneError } from '../../errors.js'
import type { MemoryUse, Tensor, TensorDtype, TensorTree } from '../ops.js'
import { type NativeBinding, tensorflowTypes } from './binding.js'

/** Device memory that one or more handles look at. */
export interface DeviceBuffer {
  readonly bytes: number
  handles: number
}

export function newBuffer(bytes: number): DeviceBuffer {
  return { bytes, handles: 0 }
}

/** A handle of the binding. */
export class NativeTensor implements Tensor {
  freed = false
  kept = false
  /** Number of the scope whose result it is, while that scope closes. */
  resultOf = 0

  /** @param dtype complex64 (rotary tables) has no name above the boundary and calls itself float32 */
  constructor(
    readonly id: number,
    readonly shape: readonly number[],
    readonly dtype: TensorDtype,
    readonly tensorflowType: number,
    readonly buffer: DeviceBuffer,
    /** Made by the backend for itself (shapes, axes, factors); in no scope and not in the account. */
    readonly isConstant: boolean,
  ) {}

  get elementBytes(): number {
    return elementSizes[this.tensorflowType] ?? 0
  }
}

const elementSizes: Readonly<Record<number, number>> = {
  [tensorflowTypes.float32]: 4,
  [tensorflowTypes.int32]: 4,
  [tensorflowTypes.uint8]: 1,
  [tensorflowTypes.uint16]: 2,
  [tensorflowTypes.complex64]: 8,
  [tensorflowTypes.complex128]: 16,
  [tensorflowTypes.bfloat16]: 2,
  [tensorflowTypes.float16]: 2,
}

const dtypeNames: Readonly<Record<number, TensorDtype>> = {
  [tensorflowTypes.int32]: 'int32',
  [tensorflowTypes.uint8]: 'uint8',
  [tensorflowTypes.bfloat16]: 'bfloat16',
  [tensorflowTypes.float16]: 'float16',
}

interface Scope {
  readonly number: number
  readonly tensors: NativeTensor[]
}

/** Who owns which handle: scopes, explicit frees and the memory account. Every call is O(1) per handle. */
export class TensorLifetimes {
  private readonly binding: NativeBinding
  private readonly live = new Set<NativeTensor>()
  private readonly scopes: Scope[] = []
  private scopeCount = 0
  private bytes = 0
  private peakBytes = 0

  constructor(binding: NativeBinding) {
    this.binding = binding
  }

  /** How many scopes are open. */
  get depth(): number {
    return this.scopes.length
  }

  /**
   * Makes a handle that the innermost open scope owns.
   * @param buffer the memory it looks at, where that is another handle's; by default memory of its own
   */
  adopt(
    id: number,
    shape: readonly number[],
    type: number,
    buffer: DeviceBuffer = newBuffer(sizeBytes(shape, type)),
  ): NativeTensor {
    const tensor = new NativeTensor(id, shape, dtypeNames[type] ?? 'float32', type, buffer, false)
    if (buffer.handles++ === 0) {
      this.bytes += buffer.bytes
      if (this.bytes > this.peakBytes) this.peakBytes = this.bytes
    }
    this.live.add(tensor)
    this.scopes.at(-1)?.tensors.push(tensor)
    return tensor
  }

  /** Gives a kept handle back to the innermost open scope. */
  handOver(tensor: NativeTensor): NativeTensor {
    if (tensor.kept) {
      tensor.kept = false
      this.scopes.at(-1)?.tensors.push(tensor)
    }
    return tensor
  }

  free(tensor: NativeTensor): void {
    if (!this.live.delete(tensor)) return
    tensor.freed = true
    this.binding.deleteTensor(tensor.id)
    if (--tensor.buffer.handles === 0) this.bytes -= tensor.buffer.bytes
  }

  /** See `Ops.scope`. */
  scope<Result>(body: () => Result): Result {
    const scope: Scope = { number: ++this.scopeCount, tensors: [] }
    this.scopes.push(scope)
    try {
      const result = body()
      if (result instanceof Promise) {
        throw new MedtuneError('INTERNAL', 'scope body must be synchronous; got a promise.')
      }
      markResults(result as TensorTree, scope.number)
      return result
    } finally {
      this.scopes.pop()
      this.close(scope)
    }
  }

  private close(scope: Scope): void {
    const parent = this.scopes.at(-1)
    for (const tensor of scope.tensors) {
      if (tensor.freed || tensor.kept) continue
      if (tensor.resultOf === scope.number) parent?.tensors.push(tensor)
      else this.free(tensor)
    }
  }

  memory(): MemoryUse {
    return { tensors: this.live.size, bytes: this.bytes, peakBytes: this.peakBytes }
  }

  resetPeak(): void {
    this.peakBytes = this.bytes
  }

  freeAll(): void {
    for (const tensor of [...this.live]) this.free(tensor)
  }
}

/** A handle outside the account and every scope: a constant of the backend. */
export function constantTensor(id: number, shape: readonly number[], type: number): NativeTensor {
  return new NativeTensor(
    id,
    shape,
    dtypeNames[type] ?? 'float32',
    type,
    newBuffer(sizeBytes(shape, type)),
    true,
  )
}

function sizeBytes(shape: readonly number[], type: number): number {
  let bytes = elementSizes[type] ?? 0
  for (const size of shape) bytes *= size
  return bytes
}

function markResults(tree: TensorTree | undefined, scopeNumber: number): void {
  if (tree === null || typeof tree !== 'object') return
  if (tree instanceof NativeTensor) tree.resultOf = scopeNumber
  else for (const branch of Object.values(tree)) markResults(branch, scopeNumber)
}
