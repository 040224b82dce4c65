import { MedtuneError } from '../errors.js'
import { CellOutputs, clearOutputs, type DisplayRegistry } from './cell-outputs.js'
import { KernelClient } from './kernel-client.js'
import type { CodeCell, ErrorOutput, Notebook } from './nbformat.js'
import { injectParameters, type NotebookParameters } from './parameters.js'

export interface RunOptions {
  /** Default: the kernel the notebook names. */
  kernelName?: string
  /** Working folder of the cells; by Jupyter's habit the notebook's own. */
  folder: string
  parameters?: NotebookParameters
  /** Longest time one cell may take, ms; default no limit. */
  cellTimeoutMs?: number
  /** Ends the run and its kernel. */
  signal?: AbortSignal
  /** Called before a cell runs, with its place among the code cells, from 1. */
  onCellStart?: (progress: CellProgress) => void
  onCellEnd?: (progress: CellProgress & { seconds: number; isOk: boolean }) => void
  /** Called whenever a cell has ended, whatever its end: the place to save the notebook. */
  onSave?: (notebook: Notebook) => Promise<void>
}

export interface CellProgress {
  readonly cell: CodeCell
  readonly index: number
  readonly total: number
}

export interface RunReport {
  readonly cells: number
  readonly seconds: number
  /** The cell that stopped the run. */
  readonly failure?: { readonly cell: CodeCell; readonly index: number; readonly error: ErrorOutput }
}

/** Runs a notebook from the top in a fresh kernel, stops at the first error, keeps outputs and counts in the notebook. */
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
    const cells = this.#notebook.cells.filter((cell) => cell.cell_type === 'code')
    for (const [index, cell] of cells.entries()) {
      if (cell.source.trim() === '') continue
      throwIfAborted(signal)
      const progress = { cell, index: index + 1, total: cells.length }
      const startedAt = performance.now()
      onCellStart?.(progress)
      let error: ErrorOutput | undefined
      try {
        error = await this.#runCell(client, cell)
      } finally {
        await onSave?.(this.#notebook)
      }
      onCellEnd?.({ ...progress, seconds: (performance.now() - startedAt) / 1000, isOk: error === undefined })
      if (error !== undefined) return { cells: index + 1, failure: { cell, index: index + 1, error } }
    }
    // Whatever the cells left behind and failed by now has been heard of when this answer is there.
    await client.request('shell', 'kernel_info_request', {})
    const failure = lateFailure(cells)
    if (failure) await onSave?.(this.#notebook)
    return { cells: cells.length, ...(failure === undefined ? {} : { failure }) }
  }

  /** @returns the error that ended the cell */
  async #runCell(client: KernelClient, cell: CodeCell): Promise<ErrorOutput | undefined> {
    const outputs = new CellOutputs(cell, this.#displays)
    const { cellTimeoutMs, signal } = this.#options
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      if (cellTimeoutMs === undefined) return
      const message = `a cell must end within ${cellTimeoutMs / 1000} s; cell ${cell.id} did not. Raise --timeout.`
      timer = setTimeout(() => reject(new MedtuneError('CELL_FAILED', message)), cellTimeoutMs)
    })
    try {
      const reply = await Promise.race([
        client.execute(cell.source, { onSent: (id) => this.#outputs.set(id, outputs) }),
        timeout,
      ])
      if (reply.status === 'ok') return undefined
      const shown = cell.outputs.findLast((output) => output.output_type === 'error')
      if (shown) return shown
      const { ename, evalue, traceback } = reply.status === 'error' ? reply : aborted
      return addError(cell, { output_type: 'error', ename, evalue, traceback })
    } catch (cause) {
      if (signal?.aborted) throw cause
      if (!(cause instanceof MedtuneError)) throw cause
      return addError(cell, {
        output_type: 'error',
        ename: cause.code,
        evalue: cause.message,
        traceback: [cause.message],
      })
    } finally {
      clearTimeout(timer)
    }
  }
}

/** A cell that ended well and failed afterwards, in a promise or timer that nobody waited for. */
function lateFailure(cells: readonly CodeCell[]): RunReport['failure'] {
  for (const [index, cell] of cells.entries()) {
    const error = cell.outputs.find((output) => output.output_type === 'error')
    if (error) return { cell, index: index + 1, error }
  }
  return undefined
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
