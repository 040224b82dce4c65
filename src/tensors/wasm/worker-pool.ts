import { Worker } from 'node:worker_threads'

type Listener = (data: unknown) => void

/** What the loader of the kernels does with a worker; it also hangs properties of its own on it. */
interface LoaderWorker {
  onmessage?: (event: { data: unknown }) => void
  on(event: string, listener: Listener): void
  postMessage(message: unknown): void
  ref(): void
  unref(): void
  terminate(): void
}

/**
 * The workers of one module. The loader always asks for eight and waits for all: those past `size` are stand-ins that
 * say at once that they are loaded and never run anything.
 */
export class WorkerPool {
  /** Rejects when a worker cannot start. */
  readonly failure: Promise<never>
  /** A `Worker` for the loader. */
  readonly workerClass: new () => LoaderWorker
  private readonly workers: Worker[] = []
  private readonly standIns = new WeakSet<object>()

  constructor(script: string, size: number) {
    let fail: (error: unknown) => void = () => undefined
    this.failure = new Promise((_, reject) => {
      fail = reject
    })
    this.failure.catch(() => undefined)
    const { workers, standIns } = this
    this.workerClass = class {
      constructor() {
        // biome-ignore lint/correctness/noConstructorReturn: the loader calls `new Worker`; which kind it gets is decided here
        if (workers.length < size) return startWorker(script, workers, fail)
        const worker = standIn()
        standIns.add(worker)
        // biome-ignore lint/correctness/noConstructorReturn: as above
        return worker
      }
    } as new () => LoaderWorker
  }

  isStandIn(worker: object): boolean {
    return this.standIns.has(worker)
  }

  terminate(): void {
    for (const worker of this.workers) void worker.terminate()
  }
}

function startWorker(script: string, workers: Worker[], fail: (error: unknown) => void): LoaderWorker {
  // No inherited flags or NODE_OPTIONS: a loader hook of the main thread would be run again in every worker.
  const worker = new Worker(script, { eval: true, execArgv: [], env: {} })
  workers.push(worker)
  worker.on('error', fail)
  return {
    on: (event, listener) => {
      if (event === 'message') worker.on('message', listener)
    },
    postMessage: (message) => worker.postMessage(message),
    // The loader asks for `ref` when it starts a thread; these threads wait for work for ever and must not hold the
    // process. Until they are loaded they do, so that a start is not cut short.
    ref: () => undefined,
    unref: () => worker.unref(),
    terminate: () => void worker.terminate(),
  }
}

function standIn(): LoaderWorker {
  const worker: LoaderWorker = {
    on: () => undefined,
    postMessage: () => queueMicrotask(() => worker.onmessage?.({ data: { cmd: 'loaded' } })),
    ref: () => undefined,
    unref: () => undefined,
    terminate: () => undefined,
  }
  return worker
}
