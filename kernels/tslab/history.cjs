// @ts-check
'use strict'
// The inputs of this session, for `history_request` (arrow keys in consoles).

/** One kernel process is one session. */
const SESSION = 1

/** @typedef {{ line: number, input: string, output: string | null }} Entry */

/** @param {string} pattern a glob with * and ? */
function globToRegExp(pattern) {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('*', '[\\s\\S]*').replaceAll('?', '[\\s\\S]')}$`)
}

class History {
  /** @type {Entry[]} */
  #entries = []

  /** @param {number} line @param {string} input @param {string | null} output */
  add(line, input, output) {
    this.#entries.push({ line, input, output })
  }

  /**
   * @param {{ hist_access_type: string, output?: boolean, n?: number, session?: number, start?: number, stop?: number,
   *   pattern?: string, unique?: boolean }} request
   * @returns {[number, number, string | [string, string | null]][]}
   */
  select(request) {
    return this.#pick(request).map(({ line, input, output }) => [
      SESSION,
      line,
      request.output ? [input, output] : input,
    ])
  }

  /** @param {Parameters<History['select']>[0]} request @returns {Entry[]} */
  #pick(request) {
    const last = (/** @type {Entry[]} */ entries) => (request.n ? entries.slice(-request.n) : entries)
    if (request.hist_access_type === 'range') {
      if (request.session !== undefined && request.session !== 0 && request.session !== SESSION) return []
      const { start = 0, stop = Number.POSITIVE_INFINITY } = request
      return this.#entries.filter(({ line }) => line >= start && line < (stop ?? Number.POSITIVE_INFINITY))
    }
    if (request.hist_access_type === 'search') {
      const pattern = globToRegExp(request.pattern ?? '*')
      const found = this.#entries.filter(({ input }) => pattern.test(input))
      const isLastOfItsKind = (/** @type {Entry} */ entry, /** @type {number} */ index) =>
        !found.slice(index + 1).some(({ input }) => input === entry.input)
      return last(request.unique ? found.filter(isLastOfItsKind) : found)
    }
    return last(this.#entries)
  }
}

module.exports = { History }
