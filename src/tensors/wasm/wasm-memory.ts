import { MedtuneError } from '../../errors.js'
import type { MemoryBlock, TensorMemory } from '../host/host-tensors.js'
import type { LoadedModule, WasmModule } from './load-module.js'
import type { WebAssemblyMemory } from './web-assembly.js'

/** A piece of the heap, under the number by which TensorFlow.js's kernels know it. */
export interface WasmBlock extends MemoryBlock {
  readonly id: number
}

/** Compiled vector loops read up to 16 bytes past the end of an operand. */
const readPast = 16

/** Tensors on the wasm heap, which grows up to 4 GiB. */
export class WasmMemory implements TensorMemory<WasmBlock> {
  readonly module: WasmModule
  private readonly loaded: LoadedModule
  private lastId = 0

  constructor(loaded: LoadedModule) {
    this.loaded = loaded
    this.module = loaded.module
  }

  allocate(byteLength: number): WasmBlock {
    const byteOffset = this.reserve(byteLength)
    const { module } = this
    const id = ++this.lastId
    module._register_tensor(id, Math.ceil(byteLength / 4), byteOffset)
    return {
      id,
      byteLength,
      byteOffset,
      get buffer() {
        return module.HEAPU8.buffer
      },
    }
  }

  release(block: WasmBlock): void {
    this.module._dispose_data(block.id)
    this.module._free(block.byteOffset)
  }

  /** Heap memory that is no tensor. */
  reserve(byteLength: number): number {
    // Offsets past 2 GiB come back as negative integers.
    const byteOffset = byteLength < 2 ** 32 - readPast ? this.module._malloc(byteLength + readPast) >>> 0 : 0
    if (byteOffset === 0) throw this.outOfMemory(byteLength)
    return byteOffset
  }

  /** Throws what the kernels complained about since the last call: memory of their own that they did not get. */
  check(): void {
    const complaints = this.loaded.complaints()
    if (complaints.length > 0) throw this.outOfMemory(0, new Error(complaints.join('\n')))
  }

  /** The memory that other threads' kernels import. */
  get shared(): WebAssemblyMemory {
    return this.loaded.memory
  }

  dispose(): void {}

  private outOfMemory(byteLength: number, cause?: Error): MedtuneError {
    const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`
    const wanted = byteLength > 0 ? `${mebibytes(byteLength)} more` : 'working memory'
    return new MedtuneError(
      'OUT_OF_MEMORY',
      `The wasm backend must fit into 4096 MiB; it holds ${mebibytes(this.module.HEAPU8.byteLength)} and asked for` +
        ` ${wanted}. Lower the batch size or maxLength, turn gradient checkpointing on, take a smaller model, or set` +
        ' up the native backend (medtune setup --cpu).',
      { cause },
    )
  }
}
