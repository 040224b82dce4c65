import { Worker } from 'node:worker_threads'
import { computeWorkerSource, control, taskIntegers, taskSlots } from './compute-worker.js'
import type { SimdKernels } from './simd-kernels.js'
import { type WebAssemblyMemory, type WebAssemblyModule, webAssembly } from './web-assembly.js'

/** A call of a kernel: its place in the list of functions, and integer arguments without the scratch address. */
export type KernelCall = readonly [kernel: number, ...args: number[]]

export interface ThreadSetup {
  readonly memory: WebAssemblyMemory
  readonly module: WebAssemblyModule
  /** Names of the kernels that calls name by place. */
  readonly callable: readonly string[]
  /** Heap address of the calling thread's scratch memory, then one per worker. */
  readonly scratch: readonly number[]
}

type Kernel = (...args: number[]) => void

/**
 * Runs kernel calls on the calling thread and on workers that share its memory. Calls are taken one by one by whoever is
 * free: a worker that the system does not run delays nothing but the call it has already taken. Which thread computes
 * what does not change a bit of the result.
 */
export class ComputeThreads {
  /** Kernels to call directly, on this thread. */
  readonly kernels: SimdKernels
  private readonly state: Int32Array
  private readonly callable: readonly Kernel[]
  private readonly scratch: number
  private readonly workers: readonly Worker[]

  private constructor(setup: ThreadSetup, state: Int32Array, workers: readonly Worker[]) {
    const { exports } = new webAssembly.Instance(setup.module, { heap: { memory: setup.memory } })
    this.kernels = exports as unknown as SimdKernels
    this.callable = setup.callable.map((name) => exports[name] as Kernel)
    this.scratch = setup.scratch[0] as number
    this.state = state
    this.workers = workers
  }

  /** Starts one worker per scratch address after the first; those that cannot start are left out. */
  static async start(setup: ThreadSetup): Promise<ComputeThreads> {
    const state = new Int32Array(new SharedArrayBuffer(4 * (control.tasks + taskSlots * taskIntegers)))
    const { memory, module, callable } = setup
    const started = setup.scratch
      .slice(1)
      .map((scratch) => startWorker({ memory, module, callable, scratch, state }))
    const workers = (await Promise.all(started)).filter((worker): worker is Worker => worker !== undefined)
    return new ComputeThreads(setup, state, workers)
  }

  get count(): number {
    return 1 + this.workers.length
  }

  /** Runs calls that do not depend on each other, on this thread alone. */
  runHere(calls: readonly KernelCall[]): void {
    for (const [kernel, ...args] of calls) this.callable[kernel]?.(...args, this.scratch)
  }

  /** Runs calls that do not depend on each other, on all threads. */
  run(calls: readonly KernelCall[]): void {
    if (this.workers.length === 0) this.runHere(calls)
    else
      for (let from = 0; from < calls.length; from += taskSlots)
        this.runShared(calls.slice(from, from + taskSlots))
  }

  terminate(): void {
    for (const worker of this.workers) void worker.terminate()
  }

  private runShared(calls: readonly KernelCall[]): void {
    const state = this.state
    const first = Atomics.load(state, control.limit)
    for (const [i, task] of calls.entries()) {
      state.set(task, control.tasks + ((first + i) & (taskSlots - 1)) * taskIntegers)
    }
    const limit = (first + calls.length) | 0
    Atomics.store(state, control.limit, limit)
    Atomics.notify(state, control.limit)
    for (;;) {
      const ticket = Atomics.load(state, control.next)
      if (ticket === limit) break // only this thread moves the limit
      if (Atomics.compareExchange(state, control.next, ticket, (ticket + 1) | 0) !== ticket) continue
      this.runHere([calls[(ticket - first) | 0] as KernelCall])
      Atomics.add(state, control.done, 1)
    }
    for (;;) {
      const done = Atomics.load(state, control.done)
      if (done === limit) return
      Atomics.wait(state, control.done, done)
    }
  }
}

interface WorkerSetup extends Omit<ThreadSetup, 'scratch'> {
  readonly scratch: number
  readonly state: Int32Array
}

async function startWorker(workerData: WorkerSetup): Promise<Worker | undefined> {
  try {
    // No inherited flags or NODE_OPTIONS: a loader hook of the main thread would be run again in every worker.
    const worker = new Worker(computeWorkerSource, { eval: true, execArgv: [], env: {}, workerData })
    const isReady = await new Promise<boolean>((resolve) => {
      worker.once('message', () => resolve(true))
      worker.once('error', () => resolve(false))
      worker.once('exit', () => resolve(false))
    })
    // Workers wait for work for ever and must not hold the process.
    worker.unref()
    return isReady ? worker : undefined
  } catch {
    return undefined
  }
}
