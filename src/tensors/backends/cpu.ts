import { MedtuneError } from '../../errors.js'
import type { Backend } from '../backend.js'
import { HostOps } from '../host/host-ops.js'
import type { MemoryBlock, TensorMemory } from '../host/host-tensors.js'

/** Plain JavaScript on one thread: slow, and it runs wherever Node does. */
export const cpuBackend: Backend = {
  name: 'cpu',
  description: 'Plain JavaScript, one thread; needs nothing',
  start: async () => ({
    ops: new CpuOps(arrayBufferMemory),
    threads: 1,
    detail: `JavaScript, ${process.release.name} ${process.version}`,
  }),
}

class CpuOps extends HostOps<MemoryBlock> {
  readonly name = 'cpu'
}

const arrayBufferMemory: TensorMemory<MemoryBlock> = {
  allocate(byteLength) {
    try {
      return { byteLength, byteOffset: 0, buffer: new ArrayBuffer(byteLength) }
    } catch (cause) {
      throw new MedtuneError(
        'OUT_OF_MEMORY',
        `Node must be able to allocate every tensor; a tensor of ${byteLength} bytes was refused. Lower the batch size` +
          ' or the sequence length, or turn gradient checkpointing on.',
        { cause },
      )
    }
  },
  release() {},
  dispose() {},
}
