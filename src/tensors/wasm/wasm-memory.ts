import { MedtuneError } from '../../errors.js'
import type { MemoryBlock, TensorMemory } from '../host/host-tensors.js'
import type { LoadedModule, WasmModule } from './load-module.js'

/** A piece of the heap, under the number by which the kernels know it. */
export interface WasmBlock extends MemoryBlock {
  readonly id: number
}

/** The compiled vector loops read up to 16 bytes past the end of an operand. */
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
    // Offsets past 2 GiB come back as negative integers.
    const byteOffset = byteLength < 2 ** 32 - readPast ? this.module._malloc(byteLength + readPast) >>> 0 : 0
    if (byteOffset === 0) throw this.outOfMemory(byteLength)
    const { module } = this
    const id = this.register(byteOffset, Math.ceil(byteLength / 4))
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
    this.forget(block.id)
    this.module._free(block.byteOffset)
  }

  /** Makes part of the heap known to the kernels, which address operands by number. */
  register(byteOffset: number, elements: number): number {
    this.module._register_tensor(++this.lastId, elements, byteOffset)
    return this.lastId
  }

  forget(id: number): void {
    this.module._dispose_data(id)
  }

  /** Throws what the kernels complained about since the last call. */
  check(): void {
    const complaints = this.loaded.complaints()
    if (complaints.length === 0) return
    const cause = new Error(complaints.join('\n'))
    throw this.outOfMemory(0, cause)
  }

  dispose(): void {
    this.loaded.stopThreads()
  }

  private outOfMemory(byteLength: number, cause?: Error): MedtuneError {
    const held = (this.module.HEAPU8.byteLength / 2 ** 20).toFixed(0)
    const wanted = byteLength > 0 ? `${(byteLength / 2 ** 20).toFixed(0)} MiB more` : 'working memory'
    return new MedtuneError(
      'OUT_OF_MEMORY',
      `The wasm backend must fit into 4096 MiB; it holds ${held} MiB and asked for ${wanted}. Lower the batch size or` +
        ' maxLength, turn gradient checkpointing on, take a smaller model, or set up the native backend (medtune setup --cpu).',
      { cause },
    )
  }
}
