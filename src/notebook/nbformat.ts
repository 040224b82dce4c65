/**
 * Notebooks in memory: nbformat 4.5 with multi-line texts joined.
 *
 * @see https://nbformat.readthedocs.io/en/latest/format_description.html
 */
export interface Notebook {
  nbformat: 4
  nbformat_minor: number
  metadata: NotebookMetadata
  cells: Cell[]
}

export interface NotebookMetadata {
  kernelspec?: { name: string; display_name: string; language?: string }
  language_info?: { name: string; [key: string]: unknown }
  [key: string]: unknown
}

export type Cell = CodeCell | MarkdownCell | RawCell

interface CellBase {
  id: string
  source: string
  metadata: CellMetadata
  /** Files embedded in the cell: name → MIME bundle. */
  attachments?: Record<string, MimeBundle>
}

interface CellMetadata {
  tags?: string[]
  [key: string]: unknown
}

export interface CodeCell extends Omit<CellBase, 'attachments'> {
  cell_type: 'code'
  execution_count: number | null
  outputs: Output[]
}

export interface MarkdownCell extends CellBase {
  cell_type: 'markdown'
}

export interface RawCell extends CellBase {
  cell_type: 'raw'
}

/** One result in several forms: MIME type → text, base64, or JSON for `…+json` types. */
export type MimeBundle = Record<string, unknown>

export type Output = StreamOutput | DisplayDataOutput | ExecuteResultOutput | ErrorOutput

interface StreamOutput {
  output_type: 'stream'
  name: 'stdout' | 'stderr'
  text: string
}

export interface DisplayDataOutput {
  output_type: 'display_data'
  data: MimeBundle
  metadata: Record<string, unknown>
}

interface ExecuteResultOutput {
  output_type: 'execute_result'
  execution_count: number | null
  data: MimeBundle
  metadata: Record<string, unknown>
}

export interface ErrorOutput {
  output_type: 'error'
  ename: string
  evalue: string
  traceback: string[]
}
