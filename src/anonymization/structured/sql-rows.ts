import type { TextRange } from '../recognizer.js'
import { entityOfField } from './field-entity.js'
import type { AddValue } from './structured-values.js'
import { addValue } from './value-check.js'

const statement =
  /\b(insert\s{1,3}into|copy)\s{1,3}[\w."`[\]]{1,60}\s{0,3}\(([^()]{2,600})\)\s{0,3}(values|from\s{1,3}stdin[^\n]{0,40}\n)/gi
const longestValue = 300
const longestRow = 2000

/** Adds the values of SQL rows whose columns hold identifiers: `INSERT INTO t (nome, cpf) VALUES ('Ana', '…')`, `COPY … FROM stdin`. */
export function readSqlRows(text: string, add: AddValue): void {
  if (!/\b(?:insert|copy)\b/i.test(text)) return
  statement.lastIndex = 0
  for (let match = statement.exec(text); match !== null; match = statement.exec(text)) {
    const columns = (match[2] ?? '').split(',').map((column) => entityOfField(column.trim()))
    const start = match.index + match[0].length
    if (/^values$/i.test(match[3] ?? '')) readTuples(text, start, columns, add)
    else readTabbedRows(text, start, columns, add)
  }
}

type Columns = readonly (string | undefined)[]

function addRow(text: string, cells: readonly TextRange[], columns: Columns, add: AddValue): void {
  if (cells.length !== columns.length) return
  for (const [index, cell] of cells.entries()) {
    const entity = columns[index]
    if (entity !== undefined) addValue(text, cell, entity, add)
  }
}

/** Tuples in brackets, one behind the other: `('Ana', 12), ('Bia', 13)`. */
function readTuples(text: string, start: number, columns: Columns, add: AddValue): void {
  let at = start
  while (at < text.length) {
    while (at < text.length && /[\s,]/.test(text[at] ?? '')) at++
    if (text[at] !== '(') return
    const cells: TextRange[] = []
    const open = at
    for (at++; at < text.length && text[at] !== ')' && at - open < longestRow; ) {
      const cell = readLiteral(text, at)
      if (cell.end > cell.start) cells.push(cell)
      at = text[cell.end] === "'" ? cell.end + 1 : Math.max(cell.end, at + 1)
      while (at < text.length && /[\s,]/.test(text[at] ?? '')) at++
    }
    if (text[at] !== ')') return
    addRow(text, cells, columns, add)
    at++
  }
}

/** A string without its quotes, or a number or word. */
function readLiteral(text: string, start: number): TextRange {
  const isQuoted = text[start] === "'"
  let end = isQuoted ? start + 1 : start
  const from = end
  while (
    end < text.length &&
    end - from < longestValue &&
    !(isQuoted ? text[end] === "'" : /[,()\s]/.test(text[end] ?? ''))
  )
    end++
  return { start: from, end }
}

function readTabbedRows(text: string, start: number, columns: Columns, add: AddValue): void {
  for (let at = start; at < text.length; ) {
    const lineBreak = text.indexOf('\n', at)
    const end = lineBreak < 0 ? text.length : lineBreak
    const line = text.slice(at, end)
    if (line.startsWith('\\.') || !line.includes('\t')) return
    let from = at
    addRow(
      text,
      line.split('\t').map((cell) => {
        const range = { start: from, end: from + cell.length }
        from = range.end + 1
        return range
      }),
      columns,
      add,
    )
    at = end + 1
  }
}
