import { randomUUID } from 'node:crypto'
import { MedtuneError } from '../errors.js'
import type { Cell, MimeBundle, Notebook, NotebookMetadata, Output } from './nbformat.js'

type Json = Record<string, unknown>

/**
 * Reads the text of an `.ipynb` file. Format 4.0 to 4.5 is accepted; cells without an id, older than 4.5, get one.
 *
 * @param text the file
 * @param name how messages call the file
 * @throws MedtuneError INVALID_NOTEBOOK; the message names the place, never the content
 */
export function parseNotebook(text: string, name = 'the notebook'): Notebook {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new Place(name).error('is not JSON', { cause })
  }
  return notebookOfJson(json, name)
}

/**
 * A notebook from parsed JSON, whose parts it shares.
 *
 * @throws MedtuneError INVALID_NOTEBOOK, as `parseNotebook`
 */
export function notebookOfJson(json: unknown, name = 'the notebook'): Notebook {
  const at = new Place(name)
  const notebook = at.object(json)
  if (notebook.nbformat !== 4) {
    throw at.error(
      `must have nbformat 4, got ${JSON.stringify(notebook.nbformat)}. Open and save it with JupyterLab`,
    )
  }
  const minor = typeof notebook.nbformat_minor === 'number' ? notebook.nbformat_minor : 0
  const cells = at
    .array(notebook.cells, 'cells')
    .map((cell, index) => parseCell(cell, at.child(`cell ${index + 1}`)))
  return {
    nbformat: 4,
    nbformat_minor: Math.max(minor, 5),
    metadata: at.object(notebook.metadata ?? {}) as NotebookMetadata,
    cells: withUniqueIds(cells),
  }
}

function parseCell(json: unknown, at: Place): Cell {
  const { cell_type, id, source, metadata, attachments, outputs, execution_count } = at.object(json)
  const shared = {
    id: typeof id === 'string' && id !== '' ? id : newCellId(),
    source: at.text(source ?? '', 'source'),
    metadata: at.object(metadata ?? {}),
  }
  if (cell_type === 'code') {
    const count = typeof execution_count === 'number' ? execution_count : null
    const parsed = at
      .array(outputs ?? [], 'outputs')
      .map((output, index) => parseOutput(output, at.child(`output ${index + 1}`)))
    return { cell_type, ...shared, execution_count: count, outputs: parsed }
  }
  if (cell_type !== 'markdown' && cell_type !== 'raw') throw at.error('must be a code, markdown or raw cell')
  const files = Object.entries(at.object(attachments ?? {})).map(([file, bundle]) => [
    file,
    parseBundle(bundle, at),
  ])
  return {
    cell_type,
    ...shared,
    ...(attachments === undefined ? {} : { attachments: Object.fromEntries(files) }),
  }
}

function parseOutput(json: unknown, at: Place): Output {
  const output = at.object(json)
  switch (output.output_type) {
    case 'stream': {
      const name = output.name === 'stderr' ? 'stderr' : 'stdout'
      return { output_type: 'stream', name, text: at.text(output.text ?? '', 'text') }
    }
    case 'display_data':
      return {
        output_type: 'display_data',
        data: parseBundle(output.data, at),
        metadata: at.object(output.metadata ?? {}),
      }
    case 'execute_result': {
      const count = typeof output.execution_count === 'number' ? output.execution_count : null
      const data = parseBundle(output.data, at)
      return {
        output_type: 'execute_result',
        execution_count: count,
        data,
        metadata: at.object(output.metadata ?? {}),
      }
    }
    case 'error': {
      const traceback = at.array(output.traceback ?? [], 'traceback').map(String)
      return {
        output_type: 'error',
        ename: String(output.ename ?? ''),
        evalue: String(output.evalue ?? ''),
        traceback,
      }
    }
    default:
      throw at.error('must be of type stream, display_data, execute_result or error')
  }
}

/** Texts may be lists of lines on disk; values of JSON types stay as they are. */
function parseBundle(json: unknown, at: Place): MimeBundle {
  const join = ([type, value]: [string, unknown]): [string, unknown] => [
    type,
    isJsonMime(type) || !Array.isArray(value) ? value : at.text(value, 'data'),
  ]
  return Object.fromEntries(Object.entries(at.object(json)).map(join))
}

/** Ids must be unique in a notebook; a repeated one, as copying cells by hand makes it, is replaced. */
function withUniqueIds(cells: Cell[]): Cell[] {
  const seen = new Set<string>()
  for (const cell of cells) {
    if (seen.has(cell.id)) cell.id = newCellId()
    seen.add(cell.id)
  }
  return cells
}

export function newCellId(): string {
  return randomUUID().slice(0, 8)
}

/** `application/json` and every `application/…+json`: their values are objects, not text. */
export function isJsonMime(type: string): boolean {
  return /^application\/(.*\+)?json$/.test(type)
}

/** Where in the file we are, for messages. */
class Place {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  child(part: string): Place {
    return new Place(`${this.#path}: ${part}`)
  }

  error(rule: string, options?: { cause?: unknown }): MedtuneError {
    return new MedtuneError('INVALID_NOTEBOOK', `${this.#path} ${rule}.`, options)
  }

  object(value: unknown): Json {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.error('must be a JSON object')
    return value as Json
  }

  array(value: unknown, field: string): unknown[] {
    if (!Array.isArray(value)) throw this.child(field).error('must be a list')
    return value
  }

  text(value: unknown, field: string): string {
    if (typeof value === 'string') return value
    if (Array.isArray(value) && value.every((line) => typeof line === 'string')) return value.join('')
    throw this.child(field).error('must be text or a list of lines')
  }
}
