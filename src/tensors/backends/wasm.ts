import { availableParallelism } from 'node:os'
import { MedtuneError } from '../../errors.js'
import type { Backend, StartedBackend } from '../backend.js'
import { ComputeThreads } from '../wasm/compute-threads.js'
import { loadModule } from '../wasm/load-module.js'
import { productKernelNames } from '../wasm/matrix-tasks.js'
import { productScratchBytes } from '../wasm/product-kernels.js'
import { simdModule } from '../wasm/simd-kernels.js'
import { WasmMemory } from '../wasm/wasm-memory.js'
import { WasmOps } from '../wasm/wasm-ops.js'

/** TensorFlow.js's compiled kernels and our own: vector instructions, and threads where workers can be had. */
export const wasmBackend: Backend = {
  name: 'wasm',
  description: 'TensorFlow.js in WebAssembly, with SIMD and threads; needs nothing installed',
  start: startWasm,
}

/** More threads than this gain nothing on matrices that fit the heap. */
const mostThreads = 8

async function startWasm(): Promise<StartedBackend> {
  const memory = await startMemory()
  const threads = Math.min(availableParallelism(), mostThreads)
  const compute = await ComputeThreads.start({
    memory: memory.shared,
    module: simdModule(),
    callable: productKernelNames,
    scratch: Array.from({ length: threads }, () => memory.reserve(productScratchBytes)),
  })
  return {
    ops: new WasmOps(memory, compute),
    threads: compute.count,
    detail: 'TensorFlow.js kernels, WebAssembly SIMD',
  }
}

async function startMemory(): Promise<WasmMemory> {
  try {
    return new WasmMemory(await loadModule())
  } catch (cause) {
    throw new MedtuneError(
      'BACKEND_UNAVAILABLE',
      'The wasm backend needs @tensorflow/tfjs-backend-wasm and a Node with WebAssembly SIMD and shared memory; got' +
        ` ${process.version}: ${cause instanceof Error ? cause.message : String(cause)}. Run npm ci.`,
      { cause },
    )
  }
}
