// @ts-check
'use strict'
// What library code and cells can ask of the kernel they run in, under a name that needs no import.
const { randomUUID } = require('node:crypto')
const { installTrainingMonitor } = require('./training-monitor.cjs')
const { toDisplayBundle } = require('./mime-bundle.cjs')

const KERNEL = Symbol.for('medtune.kernel')

/**
 * @typedef {object} HostOptions
 * @property {import('./cell-output.cjs').CellOutput} output
 * @property {import('./comms.cjs').Comms} comms
 * @property {(event: object) => void} post
 */

/** @param {HostOptions} options */
function installKernelHost({ output, comms, post }) {
  /** @type {((text: string) => void) | undefined} */
  let answer
  const neverAborted = new AbortController().signal
  const host = Object.freeze({
    display: output.display.bind(output),
    newDisplayId: () => randomUUID(),

    /** @param {{ wait?: boolean }} [options] */
    clearOutput: ({ wait = false } = {}) => output.publish('clear_output', { wait }),

    /**
     * Fires when the user interrupts the cell that asked.
     *
     * @returns {AbortSignal}
     */
    interruptSignal: () => output.cell?.signal ?? neverAborted,

    /**
     * Shows a value in the front end's pager.
     *
     * @param {unknown} value
     */
    page: (value) => output.cell?.payload.push({ source: 'page', data: toDisplayBundle(value), start: 0 }),

    /** @param {string} prompt @param {{ password?: boolean }} [options] @returns {Promise<string>} */
    input(prompt, { password = false } = {}) {
      const { cell } = output
      if (!cell?.allowStdin)
        return Promise.reject(new Error('this front end cannot be asked for input (allow_stdin is false)'))
      post({ kind: 'ask', cell: cell.id, prompt, password })
      const answered = new Promise((resolve) => {
        answer = resolve
      })
      return Promise.race([answered, cell.ended])
    },

    comms,

    training: installTrainingMonitor(comms),
  })
  Object.defineProperty(globalThis, KERNEL, { value: host })
  return {
    /** @param {string} text */
    answerInput: (text) => answer?.(text),
  }
}

module.exports = { installKernelHost }
