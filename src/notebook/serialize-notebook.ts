import type { Cell, MimeBundle, Notebook, Output } from './nbformat.js'
import { isJsonMime } from './parse-notebook.js'

/** Line ends of Python's `str.splitlines`, which decides how Jupyter writes texts. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these control characters end lines there
const LINES = /[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)/g

/** Keys that belong to a running front end, not to the file. */
const TRANSIENT_METADATA: ReadonlySet<string> = new Set(['orig_nbformat', 'signature', 'trusted'])

/**
 * Writes a notebook as Jupyter itself does (sorted keys, one space of indent, texts as lists of lines), so that
 * saving a notebook unchanged changes no byte of a file that Jupyter saved.
 */
export function serializeNotebook(notebook: Notebook): string {
  const json = {
    ...notebook,
    metadata: withoutTransient(notebook.metadata),
    cells: notebook.cells.map(cellToJson),
  }
  return `${JSON.stringify(sortKeys(json), null, 1)}\n`
}

function cellToJson(cell: Cell): object {
  const shared = { ...cell, source: splitLines(cell.source), metadata: withoutTransient(cell.metadata) }
  if (cell.cell_type === 'code') return { ...shared, outputs: cell.outputs.map(outputToJson) }
  if (cell.attachments === undefined) return shared
  const files = Object.entries(cell.attachments).map(([file, bundle]) => [file, bundleToJson(bundle)])
  return { ...shared, attachments: Object.fromEntries(files) }
}

function outputToJson(output: Output): object {
  if (output.output_type === 'stream') return { ...output, text: splitLines(output.text) }
  return 'data' in output ? { ...output, data: bundleToJson(output.data) } : output
}

function bundleToJson(bundle: MimeBundle): object {
  const split = ([type, value]: [string, unknown]) => [
    type,
    typeof value === 'string' && !isJsonMime(type) ? splitLines(value) : value,
  ]
  return Object.fromEntries(Object.entries(bundle).map(split))
}

function splitLines(text: string): string[] {
  return (text.match(LINES) ?? []).filter((line) => line !== '')
}

function withoutTransient(metadata: object): object {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !TRANSIENT_METADATA.has(key)))
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  // A null prototype keeps a key named __proto__ an ordinary key.
  const sorted = Object.create(null) as Record<string, unknown>
  for (const [key, child] of entries) sorted[key] = sortKeys(child)
  return sorted
}
