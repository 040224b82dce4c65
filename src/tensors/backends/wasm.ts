import { availableParallelism } from 'node:os'
import { MedtuneError } from '../../errors.js'
import type { Backend, StartedBackend } from '../backend.js'
import { type LoadedModule, loadModule } from '../wasm/load-module.js'
import { WasmMemory } from '../wasm/wasm-memory.js'
import { WasmOps } from '../wasm/wasm-ops.js'

/** TensorFlow.js's compiled kernels: vector instructions, and threads where workers can be had. */
export const wasmBackend: Backend = {
  name: 'wasm',
  description: 'TensorFlow.js kernels in WebAssembly with SIMD and threads; needs nothing installed',
  start: startWasm,
}

/** More threads than this gain nothing on matrices that fit the heap. */
const mostThreads = 8

async function startWasm(): Promise<StartedBackend> {
  const loaded = await loadWithThreads(Math.min(availableParallelism(), mostThreads))
  return {
    ops: new WasmOps(new WasmMemory(loaded)),
    threads: loaded.threads,
    detail: 'TensorFlow.js 4.22.0 kernels, WebAssembly SIMD',
  }
}

async function loadWithThreads(threads: number): Promise<LoadedModule> {
  if (threads > 1) {
    const threaded = await loadModule(threads).catch(() => undefined)
    if (threaded !== undefined) return threaded
  }
  try {
    return await loadModule(1)
  } catch (cause) {
    throw new MedtuneError(
      'BACKEND_UNAVAILABLE',
      'The wasm backend needs @tensorflow/tfjs-backend-wasm and a Node with WebAssembly SIMD (16.4 or later); got' +
        ` ${process.version}: ${cause instanceof Error ? cause.message : String(cause)}. Run npm ci.`,
      { cause },
    )
  }
}
