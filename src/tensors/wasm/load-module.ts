import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { compileFunction } from 'node:vm'
import { WorkerPool } from './worker-pool.js'

/** The compiled TensorFlow.js kernels and the heap they work on. Every exported C function is `_Name(...numbers)`. */
export interface WasmModule {
  /** Views of the whole heap; replaced when it grows. */
  readonly HEAPU8: Uint8Array
  readonly HEAP32: Int32Array
  readonly HEAPF32: Float32Array
  /** Only in the build with threads. */
  readonly PThread?: { unusedWorkers: object[] }
  _malloc(byteLength: number): number
  _free(offset: number): void
  _init_with_threads_count(threads: number): void
  _get_threads_count(): number
  _register_tensor(id: number, elements: number, offset: number): void
  _dispose_data(id: number): void
  _BatchMatMul: WasmFunction
  _Transpose: WasmFunction
  _Add: WasmFunction
  _Sub: WasmFunction
  _Multiply: WasmFunction
  _RealDiv: WasmFunction
  _Sigmoid: WasmFunction
  _Softmax: WasmFunction
}

type WasmFunction = (...args: number[]) => void

export interface LoadedModule {
  readonly module: WasmModule
  readonly threads: number
  /** What the kernels wrote to their error stream since the last call; they have no other way to report a failure. */
  complaints(): string[]
  stopThreads(): void
}

type ModuleFactory = (settings: Record<string, unknown>) => Promise<WasmModule>

const packageRequire = createRequire(import.meta.url)
const builds = {
  threaded: 'tfjs-backend-wasm-threaded-simd',
  single: 'tfjs-backend-wasm',
}

/**
 * Instantiates the kernels of the installed `@tensorflow/tfjs-backend-wasm`, found by package resolution.
 * @param threads above 1 takes the build with threads
 */
export async function loadModule(threads: number): Promise<LoadedModule> {
  const loader = packageRequire.resolve(
    `@tensorflow/tfjs-backend-wasm/wasm-out/${threads > 1 ? builds.threaded : builds.single}.js`,
  )
  const binary = loader.replace(/(-threaded-simd)?\.js$/, threads > 1 ? '-threaded-simd.wasm' : '-simd.wasm')
  const pool = threads > 1 ? new WorkerPool(workerScript(), threads - 1) : undefined
  let complaints: string[] = []
  const instance = compileLoader(
    loader,
    threads,
    pool,
  )({
    wasmBinary: readFileSync(binary),
    print: () => undefined,
    printErr: (line: string) => complaints.push(line),
  })
  try {
    const module = await (pool === undefined ? instance : Promise.race([instance, pool.failure]))
    if (module.PThread !== undefined) {
      module.PThread.unusedWorkers = module.PThread.unusedWorkers.filter((worker) => !pool?.isStandIn(worker))
    }
    module._init_with_threads_count(threads)
    return {
      module,
      threads,
      complaints: () => {
        const told = complaints
        if (told.length > 0) complaints = []
        return told
      },
      stopThreads: () => pool?.terminate(),
    }
  } catch (error) {
    pool?.terminate()
    throw error
  }
}

function workerScript(): string {
  const script = packageRequire(`@tensorflow/tfjs-backend-wasm/wasm-out/${builds.threaded}.worker.js`) as {
    wasmWorkerContents: string
  }
  // The package ships it inside a template string that has already eaten one level of escapes.
  return script.wasmWorkerContents.replaceAll('\n', '\\n')
}

/**
 * Compiles the released loader with surroundings of its own. It is written for a program that it owns: it would replace
 * the global Worker, rethrow every uncaught exception and unhandled rejection of the process, and start eight workers.
 */
function compileLoader(file: string, threads: number, pool: WorkerPool | undefined): ModuleFactory {
  const names = ['module', 'exports', 'require', '__filename', '__dirname', 'process', 'global', 'Worker']
  const run = compileFunction(readFileSync(file, 'utf8'), names, { filename: file })
  const module: { exports: unknown } = { exports: {} }
  const { versions, argv, release } = process
  const quietProcess = { versions, argv, release, on: () => undefined, listeners: () => [] }
  const workerClass = pool?.workerClass
  // The kernels use at most half of the cores they are told of.
  const loaderRequire = (name: string): unknown =>
    name === 'os' ? { cpus: () => new Array(2 * threads) } : packageRequire(name)
  run(module, module.exports, loaderRequire, file, path.dirname(file), quietProcess, {}, workerClass)
  return module.exports as ModuleFactory
}
