import type { CodeCell, DisplayDataOutput, MimeBundle, Notebook, Output } from './nbformat.js'
import type { KernelMessage } from './wire-protocol.js'

/** Displays that may be updated from any later cell, by display id. */
export type DisplayRegistry = Map<string, DisplayDataOutput[]>

/**
 * Turns iopub messages into the outputs of one cell, by the rules of Jupyter front ends: neighbouring writes to one
 * stream join, updates change the display they name wherever it is, `clear_output` with `wait` clears at the next output.
 */
export class CellOutputs {
  readonly #cell: CodeCell
  readonly #displays: DisplayRegistry
  #clearsNext = false

  constructor(cell: CodeCell, displays: DisplayRegistry) {
    this.#cell = cell
    this.#displays = displays
  }

  /** @returns whether the message changed an output */
  add({ header, content }: KernelMessage): boolean {
    switch (header.msg_type) {
      case 'stream':
        this.#addStream(content.name === 'stderr' ? 'stderr' : 'stdout', String(content.text))
        return true
      case 'display_data':
        this.#push(this.#registered(toDisplay(content), content))
        return true
      case 'update_display_data':
        this.#update(content)
        return true
      case 'execute_result': {
        const { data, metadata } = toDisplay(content)
        const count = typeof content.execution_count === 'number' ? content.execution_count : null
        this.#push({ output_type: 'execute_result', execution_count: count, data, metadata })
        return true
      }
      case 'error':
        this.#push(toError(content))
        return true
      case 'clear_output':
        if (content.wait === true) this.#clearsNext = true
        else this.#cell.outputs = []
        return true
      case 'execute_input':
        this.#cell.execution_count =
          typeof content.execution_count === 'number' ? content.execution_count : null
        return true
      default:
        return false
    }
  }

  #push(output: Output): void {
    if (this.#clearsNext) this.#cell.outputs = []
    this.#clearsNext = false
    this.#cell.outputs.push(output)
  }

  #addStream(name: 'stdout' | 'stderr', text: string): void {
    const last = this.#clearsNext ? undefined : this.#cell.outputs.at(-1)
    if (last?.output_type === 'stream' && last.name === name)
      last.text = applyCarriageReturns(last.text + text)
    else this.#push({ output_type: 'stream', name, text: applyCarriageReturns(text) })
  }

  #registered(output: DisplayDataOutput, content: KernelMessage['content']): DisplayDataOutput {
    const id = displayId(content)
    if (id !== undefined) this.#displays.set(id, [...(this.#displays.get(id) ?? []), output])
    return output
  }

  #update(content: KernelMessage['content']): void {
    const { data, metadata } = toDisplay(content)
    for (const output of this.#displays.get(displayId(content) ?? '') ?? [])
      Object.assign(output, { data, metadata })
  }
}

/** Removes outputs and counts of all code cells, as before a run from the top. */
export function clearOutputs(notebook: Notebook): void {
  for (const cell of notebook.cells) {
    if (cell.cell_type === 'code') Object.assign(cell, { outputs: [], execution_count: null })
  }
}

/** A line overwritten by `\r`, such as a progress bar, is kept in its last state only. */
function applyCarriageReturns(text: string): string {
  return text.includes('\r') ? text.replaceAll('\r\n', '\n').replace(/^[^\n]*\r(?!$)/gm, '') : text
}

function toDisplay(content: KernelMessage['content']): DisplayDataOutput {
  const data = (content.data ?? {}) as MimeBundle
  return { output_type: 'display_data', data, metadata: (content.metadata ?? {}) as Record<string, unknown> }
}

function toError(content: KernelMessage['content']): Output {
  const traceback = Array.isArray(content.traceback) ? content.traceback.map(String) : []
  return { output_type: 'error', ename: String(content.ename), evalue: String(content.evalue), traceback }
}

function displayId(content: KernelMessage['content']): string | undefined {
  const id = (content.transient as { display_id?: unknown } | undefined)?.display_id
  return typeof id === 'string' ? id : undefined
}
