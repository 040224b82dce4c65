// @ts-check
'use strict'
// What ran, in which order, and whose variables it found: from this a front end tells which cells are out of date.

/**
 * @typedef {{ cellId: string, run: number }} Origin
 *
 * @typedef {object} CellRun
 * @property {string} cellId  the notebook's id of the cell; '' for code that is no cell, such as a console's
 * @property {number} run  grows with every run in this kernel
 * @property {string} source
 * @property {'running' | 'ok' | 'error'} status
 * @property {string[]} declares
 * @property {string[]} assigns
 * @property {Record<string, Origin>} uses  where each name that it used, if a cell set it, had its value from
 */

class CellLog {
  #lastRun = 0
  /** @type {Map<string, CellRun>} the last run of each cell */
  #runs = new Map()
  /** @type {Map<string, Origin>} */
  #origins = new Map()

  /**
   * @param {{ cellId: string, source: string, names: import('./cell-names.cjs').CellNames }} cell
   * @returns {CellRun}
   */
  start({ cellId, source, names: { declares, assigns, uses } }) {
    this.#lastRun += 1
    const origin = { cellId, run: this.#lastRun }
    /** @type {Record<string, Origin>} */
    const found = {}
    for (const name of uses) {
      const from = this.#origins.get(name)
      if (from) found[name] = from
    }
    // Names that no cell declared are globals; setting one of them makes no cell depend on this one.
    const set = [...declares, ...assigns.filter((name) => this.#origins.has(name))]
    for (const name of set) this.#origins.set(name, origin)
    /** @type {CellRun} */
    const run = { ...origin, source, status: 'running', declares, assigns, uses: found }
    this.#runs.set(cellId, run)
    return run
  }

  get runs() {
    return [...this.#runs.values()]
  }
}

module.exports = { CellLog }
