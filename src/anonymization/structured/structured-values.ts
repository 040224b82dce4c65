import type { SearchRule, TextRange } from '../recognizer.js'
import type { ScannedText } from '../scanned-text.js'
import { readJsonMembers } from './json-members.js'
import { readKeyLines } from './key-lines.js'
import { readSqlRows } from './sql-rows.js'
import { readTables } from './table-cells.js'
import { readTaggedValues } from './tagged-values.js'
import { readX12Segments } from './x12-segments.js'

/** Takes a value and the kind its place gives it. */
export type AddValue = (entity: string, range: TextRange) => void

const valuesByText = new WeakMap<ScannedText, ReadonlyMap<string, readonly TextRange[]>>()

function readAll({ text }: ScannedText): ReadonlyMap<string, readonly TextRange[]> {
  const found = new Map<string, TextRange[]>()
  const add: AddValue = (entity, range) => {
    const list = found.get(entity)
    if (list === undefined) found.set(entity, [range])
    else list.push(range)
  }
  readTables(text, add, (line) => add(header, line))
  readJsonMembers(text, add)
  readTaggedValues(text, add)
  readKeyLines(text, add)
  readSqlRows(text, add)
  readX12Segments(text, add)
  return found
}

/** Values of one kind by their place: cells below a header, members of JSON, XML, YAML, fields of HL7 v2 segments. */
function findStructuredValues(scanned: ScannedText, entity: string): readonly TextRange[] {
  let values = valuesByText.get(scanned)
  if (values === undefined) {
    values = readAll(scanned)
    valuesByText.set(scanned, values)
  }
  return values.get(entity) ?? []
}

/** Key of the headers themselves, which are no kind. */
const header = 'header'

/** True of a word in the header of a table: `Nasc.` is nobody's name there. */
export function isInHeader(scanned: ScannedText, { start, end }: TextRange): boolean {
  return findStructuredValues(scanned, header).some((line) => line.start <= start && end <= line.end)
}

/** The rule of a recognizer for values whose column or field names their kind. */
export function fieldRule(entity: string): SearchRule {
  return {
    kind: 'search',
    name: 'field',
    since: 'clinical',
    confidence: 'label',
    search: (scanned) => findStructuredValues(scanned, entity),
  }
}
