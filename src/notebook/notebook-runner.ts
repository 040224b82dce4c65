import { setTimeout as wait } from 'node:timers/promises'
import { MedtuneError } from '../errors.js'
import { CellOutputs, clearOutputs, type DisplayRegistry } from './cell-outputs.js'
import { KernelClient } from './kernel-client.js'
import type { CodeCell, ErrorOutput, Notebook } from './nbformat.js'
import { injectParameters, type NotebookParameters } from './parameters.js'

/** How long an interrupted cell may take to end. */
const interruptPatienceMs = 5000

export interface RunOptions {
  /** Default: the kernel the notebook names. */
  kernelName?: string
  /** Working folder of the cells; by Jupyter's habit the notebook's own. */
  folder: string
  parameters?: NotebookParameters
  /** Longest time one cell may take, ms; default no limit. */
  cellTimeoutMs?: number
  /** Goes on after a cell that fails, unless its kernel is gone. A cell tagged `raises-exception` may always fail. */
  allowsErrors?: boolean
  /** Ends the run and its kernel. */
  signal?: AbortSignal
  /** Called before a cell runs, with its place among the code cells, from 1. */
  onCellStart?: (progress: CellProgress) => void
  onCellEnd?: (progress: CellProgress & CellResult) => void
  /** Called whenever a cell has ended, whatever its end: the place to save the notebook. */
  onSave?: (notebook: Notebook) => Promise<void>
}

export interface CellProgress {
  readonly cell: CodeCell
  readonly index: number
  readonly total: number
}

export interface CellResult {
  readonly seconds: number
  readonly isOk: boolean
  /** What the cell raised, whether it was allowed to or not. */
  readonly error?: ErrorOutput
}

export interface RunReport {
  readonly cells: number
  readonly seconds: number
  /** Of all cells that ran, in order. */
  readonly results: readonly (CellProgress & CellResult)[]
  /** The cell that stopped the run, or failed first where errors are allowed. */
  readonly failure?: { readonly cell: CodeCell; readonly index: number; readonly error: ErrorOutput }
}

/** Runs a notebook from the top in a fresh kernel, stops at the first error unless errors are allowed, keeps outputs and counts in the notebook. */
export class NotebookRunner {
  readonly #notebook: Notebook
  readonly #options: RunOptions
  readonly #displays: DisplayRegistry = new Map()
  /** Outputs by the id of the request: a cell's timers may print, or fail, while later cells run. */
  readonly #outputs = new Map<string, CellOutputs>()

  constructor(notebook: Notebook, options: RunOptions) {
    this.#notebook = notebook
    this.#options = options
  }

  /**
   * @throws MedtuneError KERNEL_FAILED, INVALID_ARGUMENT (parameters), INTERRUPTED (signal). An error of a cell is not
   * thrown: the report has it.
   */
  async run(): Promise<RunReport> {
    const {
      parameters = {},
      folder,
      kernelName = this.#notebook.metadata.kernelspec?.name,
      signal,
    } = this.#options
    const startedAt = performance.now()
    clearOutputs(this.#notebook)
    await injectParameters(this.#notebook, parameters)
    throwIfAborted(signal)
    const client = await KernelClient.start({ folder, ...(kernelName === undefined ? {} : { kernelName }) })
    // A cell that computes without pause cannot be asked to stop: the process is ended by its id.
    const kill = () => void client.kill()
    signal?.addEventListener('abort', kill)
    client.on('message', (message) => {
      if (message.channel === 'iopub') this.#outputs.get(message.parentHeader.msg_id ?? '')?.add(message)
    })
    try {
      const report = await this.#runCells(client)
      return { ...report, seconds: (performance.now() - startedAt) / 1000 }
    } catch (error) {
      throwIfAborted(signal)
      throw error
    } finally {
      signal?.removeEventListener('abort', kill)
      await client.shutdown()
    }
  }

  async #runCells(client: KernelClient): Promise<Omit<RunReport, 'seconds'>> {
    const { onCellStart, onCellEnd, onSave, signal } = this.#options
    const results: (CellProgress & CellResult)[] = []
    for (const progress of cellsToRun(this.#notebook)) {
      const { cell, index } = progress
      throwIfAborted(signal)
      const startedAt = performance.now()
      onCellStart?.(progress)
      let error: ErrorOutput | undefined
      try {
        error = await this.#runCell(client, cell)
      } finally {
        await onSave?.(this.#notebook)
      }
      const seconds = (performance.now() - startedAt) / 1000
      const isOk = error === undefined || mayFail(cell)
      const result = { ...progress, seconds, isOk, ...(error === undefined ? {} : { error }) }
      results.push(result)
      onCellEnd?.(result)
      if (!isOk && (!this.#options.allowsErrors || client.isDead))
        return { cells: index, results, ...firstFailure(results) }
    }
    // Whatever the cells left behind and failed by now has been heard of when this answer is there.
    await client.request('shell', 'kernel_info_request', {})
    const completed = results.map((result) => withLateError(result))
    if (completed.some(({ isOk }, index) => isOk !== results[index]?.isOk)) await onSave?.(this.#notebook)
    const cells = results.at(-1)?.total ?? 0
    return { cells, results: completed, ...firstFailure(completed) }
  }

  /** @returns the error that ended the cell */
  async #runCell(client: KernelClient, cell: CodeCell): Promise<ErrorOutput | undefined> {
    const outputs = new CellOutputs(cell, this.#displays)
    const running = client.execute(cell.source, { onSent: (id) => this.#outputs.set(id, outputs) })
    try {
      const reply = await this.#withinTime(cell, running)
      if (reply.status === 'ok') return undefined
      const shown = cell.outputs.findLast((output) => output.output_type === 'error')
      if (shown) return shown
      const { ename, evalue, traceback } = reply.status === 'error' ? reply : aborted
      return addError(cell, { output_type: 'error', ename, evalue, traceback })
    } catch (cause) {
      if (this.#options.signal?.aborted) throw cause
      if (!(cause instanceof MedtuneError)) throw cause
      if (this.#options.allowsErrors && !client.isDead) await stopCell(client, running)
      return addError(cell, {
        output_type: 'error',
        ename: cause.code,
        evalue: cause.message,
        traceback: [cause.message],
      })
    }
  }

  /** @throws MedtuneError CELL_FAILED when the time of a cell is over */
  async #withinTime<T>(cell: CodeCell, running: Promise<T>): Promise<T> {
    const { cellTimeoutMs } = this.#options
    if (cellTimeoutMs === undefined) return running
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      const message = `a cell must end within ${cellTimeoutMs / 1000} s; cell ${cell.id} did not. Raise --timeout.`
      timer = setTimeout(() => reject(new MedtuneError('CELL_FAILED', message)), cellTimeoutMs)
    })
    try {
      return await Promise.race([running, timeout])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** The code cells that are not empty, with their places among all code cells. */
export function cellsToRun(notebook: Notebook): CellProgress[] {
  const cells = notebook.cells.filter((cell) => cell.cell_type === 'code')
  return cells
    .map((cell, index) => ({ cell, index: index + 1, total: cells.length }))
    .filter(({ cell }) => cell.source.trim() !== '')
}

/** The next cell can run when this one has ended: interrupts it, and ends the kernel if that does not help. */
async function stopCell(client: KernelClient, running: Promise<unknown>): Promise<void> {
  await client.interrupt()
  const isOver = running.then(
    () => true,
    () => true,
  )
  const isLate = wait(interruptPatienceMs, false, { ref: false })
  if (!(await Promise.race([isOver, isLate]))) await client.kill()
}

function mayFail(cell: CodeCell): boolean {
  return cell.metadata.tags?.includes('raises-exception') === true
}

/** A cell that ended well and failed afterwards, in a promise or timer that nobody waited for. */
function withLateError<Result extends CellProgress & CellResult>(result: Result): Result {
  const error = result.cell.outputs.find((output) => output.output_type === 'error')
  if (result.error !== undefined || error === undefined) return result
  return { ...result, error, isOk: mayFail(result.cell) }
}

function firstFailure(results: RunReport['results']): Pick<RunReport, 'failure'> {
  for (const { isOk, cell, index, error } of results)
    if (!isOk && error !== undefined) return { failure: { cell, index, error } }
  return {}
}

const aborted = { ename: 'Aborted', evalue: 'the kernel did not run the cell', traceback: [] as string[] }

function addError(cell: CodeCell, error: ErrorOutput): ErrorOutput {
  cell.outputs.push(error)
  return error
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new MedtuneError('INTERRUPTED', 'the notebook run was interrupted; its kernel was ended.')
}
