import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { compileFunction } from 'node:vm'
import { type WebAssemblyMemory, webAssembly } from './web-assembly.js'

/** The compiled TensorFlow.js kernels and the heap they work on. Every exported C function is `_Name(...numbers)`. */
export interface WasmModule {
  /** Views of the whole heap; replaced when it grows. */
  readonly HEAPU8: Uint8Array
  readonly HEAP32: Int32Array
  _malloc(byteLength: number): number
  _free(offset: number): void
  _init_with_threads_count(threads: number): void
  _register_tensor(id: number, elements: number, offset: number): void
  _dispose_data(id: number): void
  _Add: WasmFunction
  _Sub: WasmFunction
  _Multiply: WasmFunction
  _RealDiv: WasmFunction
  _Sqrt: WasmFunction
  _Rsqrt: WasmFunction
  _Exp: WasmFunction
  _Log: WasmFunction
  _Tanh: WasmFunction
  _Sigmoid: WasmFunction
  _Softmax: WasmFunction
}

type WasmFunction = (...args: number[]) => void

export interface LoadedModule {
  readonly module: WasmModule
  readonly memory: WebAssemblyMemory
  /** What the kernels wrote to their error stream since the last call; they have no other way to report a failure. */
  complaints(): string[]
}

type ModuleFactory = (settings: Record<string, unknown>) => Promise<WasmModule>

const require = createRequire(import.meta.url)
const pageBytes = 65_536
const initialPages = 256
const mostPages = 65_536

/**
 * Instantiates the kernels of the installed `@tensorflow/tfjs-backend-wasm`, found by package resolution, on a memory that
 * threads can share. The kernels themselves run on one thread: theirs wait for each other on every small operation,
 * which costs more than it gains (measured 1.5 s of processor time a step against 0.7 s).
 */
export async function loadModule(): Promise<LoadedModule> {
  const loader = require.resolve('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js')
  const memory = new webAssembly.Memory({ initial: initialPages, maximum: mostPages, shared: true })
  let complaints: string[] = []
  const module = await compileLoader(loader)({
    wasmBinary: readFileSync(loader.replace(/js$/, 'wasm')),
    wasmMemory: memory,
    INITIAL_MEMORY: initialPages * pageBytes,
    print: () => undefined,
    printErr: (line: string) => complaints.push(line),
  })
  module._init_with_threads_count(1)
  return {
    module,
    memory,
    complaints: () => {
      const told = complaints
      if (told.length > 0) complaints = []
      return told
    },
  }
}

/**
 * Compiles the released loader with surroundings of its own. It is written for a program that it owns: it would replace
 * the global Worker, rethrow every uncaught exception and unhandled rejection of the process, and start eight workers.
 */
function compileLoader(file: string): ModuleFactory {
  const names = ['module', 'exports', 'require', '__filename', '__dirname', 'process', 'global', 'Worker']
  const run = compileFunction(readFileSync(file, 'utf8'), names, { filename: file })
  const module: { exports: unknown } = { exports: {} }
  const { versions, argv } = process
  const quietProcess = { versions, argv, on: () => undefined, listeners: () => [] }
  run(module, module.exports, require, file, path.dirname(file), quietProcess, {}, IdleWorker)
  return module.exports as ModuleFactory
}

/** Stands for each of the workers that the loader waits for; says at once that it is loaded, and is never used. */
class IdleWorker {
  onmessage?: (event: { data: unknown }) => void

  on(): void {}

  postMessage(): void {
    queueMicrotask(() => this.onmessage?.({ data: { cmd: 'loaded' } }))
  }

  unref(): void {}

  terminate(): void {}
}
