// @ts-check
'use strict'
// Stack frames of converted cells, led back to the lines the user wrote.
const { SourceMap } = require('node:module')

/** Lines the converter puts before a cell. */
const CONVERTER_PREFIX_LINES = 1
const FRAME = /In \[(\d+)\]:(\d+):(\d+)/g
const CONTEXT_LINES = 2
const WRAPPER_FRAME = 'In [wrapper]'

/** @param {string} base64 */
const parseMap = (base64) => new SourceMap(JSON.parse(Buffer.from(base64, 'base64').toString()))

/** @typedef {{ lines: string[], maps: string[], outputLines: number, parsed?: SourceMap[] }} CellSource */

class CellPositions {
  /** @type {Map<number, CellSource>} */
  #cells = new Map()

  /**
   * @param {number} executionCount
   * @param {{ code: string, output: string, maps: string[] }} source
   * @returns {string} the file name that frames of this cell must carry
   */
  add(executionCount, { code, output, maps }) {
    this.#cells.set(executionCount, { lines: code.split('\n'), maps, outputLines: output.split('\n').length })
    return `In [${executionCount}]`
  }

  /**
   * @param {string[]} frames  lines of a stack
   * @returns {string[]} the same frames in the user's lines, and the code around the first of them
   */
  explain(frames) {
    /** @type {{ cell: CellSource, line: number, column: number } | undefined} */
    let first
    const mapped = frames
      .map((frame) =>
        frame.replace(FRAME, (_text, count, line, column) => {
          const cell = this.#cells.get(Number(count))
          const place = cell && this.#find(cell, Number(line) - 1, Number(column) - 1)
          // The wrapper around the cell has no line of the user's.
          if (!cell || !place) return WRAPPER_FRAME
          first ??= { cell, ...place }
          return `In [${count}]:${place.line + 1}:${place.column + 1}`
        }),
      )
      .filter((frame) => !frame.includes(WRAPPER_FRAME))
    return first ? [...mapped, '', ...excerpt(first.cell.lines, first.line, first.column)] : mapped
  }

  /**
   * @param {CellSource} cell
   * @param {number} line
   * @param {number} column
   */
  #find(cell, line, column) {
    if (line >= cell.outputLines) return undefined
    cell.parsed ??= cell.maps.filter((map) => map !== '').map(parseMap)
    let place = { line, column }
    for (const map of [...cell.parsed].reverse()) {
      const entry = map.findEntry(place.line, place.column)
      if (!('originalLine' in entry)) return undefined
      place = { line: entry.originalLine, column: entry.originalColumn }
    }
    const userLine = place.line - CONVERTER_PREFIX_LINES
    return userLine < cell.lines.length ? { line: userLine, column: place.column } : undefined
  }
}

/**
 * @param {string[]} lines
 * @param {number} line
 * @param {number} column
 */
function excerpt(lines, line, column) {
  const start = Math.max(0, line - CONTEXT_LINES)
  const width = String(line + CONTEXT_LINES + 1).length
  return lines.slice(start, line + CONTEXT_LINES + 1).flatMap((text, index) => {
    const number = String(start + index + 1).padStart(width)
    const isHere = start + index === line
    const shown = `${isHere ? '>' : ' '} ${number} | ${text}`
    return isHere ? [shown, `  ${' '.repeat(width)} | ${' '.repeat(column)}^`] : [shown]
  })
}

module.exports = { CellPositions }
