import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { MedtuneError, type MedtuneErrorCode } from '../errors.js'
import type { AuditReport } from './audit.js'
import type { LineBatch, LineBatchResult, LineWorkerData } from './line-worker.js'

const linesPerBatch = 256
/** Batches on their way per worker: one at work and one waiting. */
const batchesPerWorker = 2

export interface ParallelOptions extends LineWorkerData {
  /** Default: one per core. */
  readonly workers?: number
  readonly onAudit?: (report: AuditReport) => void
}

/**
 * Lines anonymized on all cores, in their order. Each worker has its own anonymizer, so a key makes tokens equal
 * across workers as it does across documents.
 *
 * @throws MedtuneError what `anonymizeLine` throws
 */
export async function* anonymizeLinesInParallel(
  lines: AsyncIterable<string>,
  options: ParallelOptions,
): AsyncGenerator<string> {
  const { workers: count = availableParallelism(), onAudit, ...data } = options
  const workers = Array.from({ length: count }, () => new LineWorker(data))
  const pending: Promise<LineBatchResult>[] = []
  let turn = 0
  const take = async (): Promise<string> => {
    const result = await pending.shift()
    if (result === undefined) return ''
    if ('error' in result) throw new MedtuneError(result.error.code as MedtuneErrorCode, result.error.message)
    onAudit?.(result.audit)
    return result.output.map((line) => `${line}\n`).join('')
  }
  try {
    for await (const batch of batches(lines)) {
      pending.push((workers[turn++ % count] as LineWorker).run(batch))
      if (pending.length >= count * batchesPerWorker) yield await take()
    }
    while (pending.length > 0) yield await take()
  } finally {
    await Promise.all(workers.map((worker) => worker.close()))
  }
}

/** A worker that answers its batches in their order. */
class LineWorker {
  readonly #worker: Worker
  readonly #waiting: { resolve: (result: LineBatchResult) => void; reject: (error: unknown) => void }[] = []

  constructor(data: LineWorkerData) {
    this.#worker = new Worker(new URL('./line-worker.js', import.meta.url), { workerData: data })
    this.#worker.on('message', (result: LineBatchResult) => this.#waiting.shift()?.resolve(result))
    this.#worker.on('error', (error) => {
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    })
  }

  run(batch: LineBatch): Promise<LineBatchResult> {
    const result = new Promise<LineBatchResult>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    // The reader may come to it late; a failure is not unhandled before.
    result.catch(() => undefined)
    this.#worker.postMessage(batch)
    return result
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}

async function* batches(lines: AsyncIterable<string>): AsyncGenerator<LineBatch> {
  let batch: string[] = []
  let firstNumber = 1
  for await (const line of lines) {
    batch.push(line)
    if (batch.length < linesPerBatch) continue
    yield { firstNumber, lines: batch }
    firstNumber += batch.length
    batch = []
  }
  if (batch.length > 0) yield { firstNumber, lines: batch }
}
