import type { TextRange } from '../recognizer.js'
import { entityOfField } from './field-entity.js'
import { readHl7Segment } from './hl7-segments.js'
import { readHeaderlessRow, readLabelledCells } from './labelled-cells.js'
import type { AddValue } from './structured-values.js'
import { addValue, trimRange } from './value-check.js'

/** How the cells of a table are told apart; `aligned` by two spaces or more. */
type Delimiter = '|' | ';' | '\t' | ',' | 'aligned'
const delimiters: readonly Delimiter[] = ['|', ';', '\t', ',', 'aligned']
const longestHeaderLine = 600
const fewestColumns = 2

interface Column {
  readonly entity: string | undefined
  /** Where its header stands in the line. */
  readonly from: number
}

interface Table {
  readonly delimiter: Delimiter
  readonly columns: readonly Column[]
}

/** Cells of a line; a comma with a space behind it belongs to its cell: `Nov. 19, 2001`, as does one in quotes. */
function cellsOf(text: string, start: number, end: number, delimiter: Delimiter): TextRange[] {
  if (delimiter === 'aligned') return alignedCells(text, start, end)
  const cells: TextRange[] = []
  let from = start
  let isQuoted = false
  for (let at = start; at <= end; at++) {
    const unit = text[at]
    if (unit === '"' && (isQuoted || at === from)) isQuoted = !isQuoted
    const isEnd =
      at === end || (unit === delimiter && !isQuoted && (delimiter !== ',' || text[at + 1] !== ' '))
    if (!isEnd) continue
    cells.push(trimRange(text, from, at))
    from = at + 1
  }
  return cells
}

function alignedCells(text: string, start: number, end: number): TextRange[] {
  const cells: TextRange[] = []
  let from = -1
  for (let at = start; at <= end; at++) {
    const isSpace = at === end || text[at] === ' '
    if (!isSpace) {
      if (from < 0) from = at
    } else if (from >= 0 && (at >= end - 1 || text[at + 1] === ' ')) {
      cells.push(trimRange(text, from, at))
      from = -1
    }
  }
  return cells
}

const mayBeHeader = /[|;\t,]| {2}/
const longestHeader = 40

function readHeader(text: string, start: number, end: number): Table | undefined {
  if (end - start > longestHeaderLine) return undefined
  // Not `indexOf` from here on: over lines without one it would read the rest of the text at each.
  const line = text.slice(start, end)
  if (!mayBeHeader.test(line)) return undefined
  for (const delimiter of delimiters) {
    if (!line.includes(delimiter === 'aligned' ? '  ' : delimiter)) continue
    const cells = cellsOf(text, start, end, delimiter)
    if (cells.length < fewestColumns) continue
    const columns = cells.map((cell) => ({ entity: entityOfCell(text, cell), from: cell.start - start }))
    const written = cells.filter((cell) => cell.end > cell.start)
    const known = columns.filter(({ entity }) => entity !== undefined).length
    const isHeader =
      known >= fewestColumns &&
      known * sharesOf(delimiter, line) >= written.length &&
      written.every(
        (cell) =>
          cell.end - cell.start <= longestHeader && !/^[\d\s./-]+$/.test(text.slice(cell.start, cell.end)),
      )
    if (isHeader) return { delimiter, columns }
  }
  return undefined
}

/** One column in how many has to be known: fewer where names of fields leave no doubt that it is a header. */
function sharesOf(delimiter: Delimiter, line: string): number {
  if (/^[a-z][a-z\d_]{0,30}(?:[,;|\t][a-z\d_]{1,30}){2,40}$/.test(line.trim()) && line.includes('_')) return 5
  return delimiter === ',' || delimiter === 'aligned' ? 2 : 3
}

function entityOfCell(text: string, cell: TextRange): string | undefined {
  const header = text.slice(cell.start, cell.end)
  // `Nome: Ana` is a field of a form.
  return /[:=]\s*\S|\d{3}/.test(header) ? undefined : entityOfField(header)
}

/** Adds the cells below headers that name a kind of identifier, in tables drawn by `|`, `;`, tab, comma or spaces, and fields of HL7 v2. */
export function readTables(text: string, add: AddValue, addHeader: (line: TextRange) => void): void {
  let table: Table | undefined
  // A line becomes a header by the row below it.
  let headerLine: TextRange | undefined
  for (let start = 0; start < text.length; ) {
    const lineBreak = text.indexOf('\n', start)
    const end = lineBreak < 0 ? text.length : lineBreak
    if (!readHl7Segment(text, start, end, add)) {
      const header = readLabelledCells(text, start, end, add) ? undefined : readHeader(text, start, end)
      if (header !== undefined) {
        table = header
        headerLine = { start, end }
      } else if (table === undefined) readHeaderlessRow(text, start, end, add)
      else if (!addRow(text, start, end, table, add)) table = undefined
      else if (headerLine !== undefined) {
        addHeader(headerLine)
        headerLine = undefined
      }
    }
    start = end + 1
  }
}

const ruler = /^[\s|+:=_-]+$/

/** False where the table has ended. */
function addRow(text: string, start: number, end: number, table: Table, add: AddValue): boolean {
  if (end > start && end - start < longestHeaderLine && ruler.test(text.slice(start, end))) return true
  const cells = cellsOf(text, start, end, table.delimiter)
  const isWhole = cells.length === table.columns.length
  if (
    !isWhole &&
    (table.delimiter !== 'aligned' || cells.length < fewestColumns || cells.length > table.columns.length)
  )
    return false
  for (const [index, cell] of cells.entries()) {
    const column = isWhole ? table.columns[index] : columnAt(table.columns, cell.start - start)
    if (column?.entity !== undefined) addValue(text, cell, column.entity, add)
  }
  return true
}

const tolerance = 2

/** The column a cell of an incomplete row stands under. */
function columnAt(columns: readonly Column[], offset: number): Column | undefined {
  return columns.findLast(({ from }) => from <= offset + tolerance)
}
