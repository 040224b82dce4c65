import { trait } from '../lexicon/lexicon.js'
import type { TextRange } from '../recognizer.js'
import { internWord } from '../word.js'
import { entityOfField } from './field-entity.js'
import type { AddValue } from './structured-values.js'
import { addValue, trimRange } from './value-check.js'

const longestLine = 600
const fewestPairs = 3
const fewestCells = 5
const shortestRow = 20

function split(text: string, start: number, end: number, delimiter: string): TextRange[] {
  const cells: TextRange[] = []
  let from = start
  for (let at = start; at <= end; at++) {
    if (at < end && text[at] !== delimiter) continue
    cells.push(trimRange(text, from, at))
    from = at + 1
  }
  return cells
}

const keyed = /^([A-Za-z][\w.-]{0,30})=/

/** Adds the values of `nome=…;nasc=…;mun=…` and of `Mother:⇥…⇥City:⇥…`: labels and values in one line. False where it is no such line. */
export function readLabelledCells(text: string, start: number, end: number, add: AddValue): boolean {
  if (end - start > longestLine) return false
  const line = text.slice(start, end)
  return (
    (line.includes('=') && line.includes(';') && addKeyed(text, split(text, start, end, ';'), add)) ||
    (line.includes(':\t') && addPaired(text, split(text, start, end, '\t'), add))
  )
}

function addKeyed(text: string, cells: readonly TextRange[], add: AddValue): boolean {
  const written = cells.filter((cell) => cell.end > cell.start)
  const keys = written.map((cell) => keyed.exec(text.slice(cell.start, cell.end))?.[1])
  if (written.length < fewestPairs || keys.includes(undefined)) return false
  for (const [index, cell] of written.entries()) {
    const key = keys[index] ?? ''
    const entity = entityOfField(key)
    if (entity !== undefined)
      addValue(text, trimRange(text, cell.start + key.length + 1, cell.end), entity, add)
  }
  return true
}

function addPaired(text: string, cells: readonly TextRange[], add: AddValue): boolean {
  const isPaired = cells.every((cell, index) => (text[cell.end - 1] === ':') === (index % 2 === 0))
  if (!isPaired || cells.length < 2) return false
  for (let index = 0; index + 1 < cells.length; index += 2) {
    const [label, value] = [cells[index], cells[index + 1]]
    if (label === undefined || value === undefined || value.end === value.start) continue
    const entity = entityOfField(text.slice(label.start, label.end - 1))
    if (entity !== undefined) addValue(text, value, entity, add)
  }
  return true
}

const mayBeRow = /[;|\t][^;|\t]*\d[\d/.-]{5,}[;|\t]/
const dateCell = /^(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}|(?:19|20)\d{6})$/
const sexCell = /^[FMfm]$/
const nameCell = /^\p{Lu}[\p{L}'’.-]{1,25}(?:,? [\p{L}'’.-]{1,25}){1,7}$/u
const recordCell = /^(?=(?:\D{0,6}\d){4})[A-Z]{0,4}[\d./-]{4,18}$/

/** Adds name and number of `RESULTADO;W557345;ANA CRUZ;23/11/1945;M;GLICOSE;112`: a row of a table whose header is elsewhere. */
export function readHeaderlessRow(text: string, start: number, end: number, add: AddValue): void {
  if (end - start > longestLine || end - start < shortestRow || !mayBeRow.test(text.slice(start, end))) return
  for (const delimiter of [';', '|', '\t']) {
    const cells = split(text, start, end, delimiter)
    if (cells.length < fewestCells) continue
    const values = cells.map((cell) => text.slice(cell.start, cell.end))
    const name = values.findIndex((value, index) => isPerson(value) && isBeforeBirth(values, index))
    if (name < 0) continue
    const range = cells[name]
    if (range !== undefined) addValue(text, range, 'NOME', add)
    for (const near of [name - 1, name - 2]) {
      const [cell, value = ''] = [cells[near], values[near]]
      if (cell === undefined || !recordCell.test(value) || dateCell.test(value)) continue
      addValue(text, cell, 'PACIENTE_ID', add)
      break
    }
    return
  }
}

/** A birth date stands right behind the name, or behind the sex. */
function isBeforeBirth(values: readonly string[], name: number): boolean {
  const next = values[name + 1] ?? ''
  return dateCell.test(next) || (sexCell.test(next) && dateCell.test(values[name + 2] ?? ''))
}

function isPerson(value: string): boolean {
  if (!nameCell.test(value)) return false
  return value.split(/[ ,]+/).some((word) => (internWord(word).traits & (trait.given | trait.surname)) !== 0)
}
