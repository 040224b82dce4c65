// @ts-check
'use strict'
// One execution of a cell.
const { FLAG } = require('./interrupt-flags.cjs')
const { InterruptError } = require('./error-report.cjs')

class RunningCell {
  #controller = new AbortController()
  #flags
  /** @type {(error: unknown) => void} */
  #reject = () => {}
  isInterrupted = false
  isFinished = false
  /** @type {object[]} what the reply asks the front end to do, such as opening the pager */
  payload = []
  /**
   * Rejects when something other than the cell's own code ends it.
   *
   * @type {Promise<never>}
   */
  ended = new Promise((_, reject) => {
    this.#reject = reject
  })

  /** @param {{ id: string, executionCount: number, allowStdin: boolean, flags: Int32Array }} options */
  constructor({ id, executionCount, allowStdin, flags }) {
    this.id = id
    this.executionCount = executionCount
    this.allowStdin = allowStdin
    this.#flags = flags
    Atomics.store(flags, FLAG.listening, 0)
    Atomics.store(flags, FLAG.seen, Atomics.load(flags, FLAG.asked))
    this.ended.catch(() => {})
  }

  /** Whoever asks for the signal promises to stop when it fires, and is given the time to. */
  get signal() {
    Atomics.store(this.#flags, FLAG.listening, 1)
    return this.#controller.signal
  }

  get isListening() {
    return Atomics.load(this.#flags, FLAG.listening) === 1
  }

  /** @param {unknown} error */
  fail(error) {
    this.#reject(error)
  }

  /** @returns {'stopping' | 'ended'} stopping: the code holds the signal and finishes by itself */
  interrupt() {
    Atomics.store(this.#flags, FLAG.seen, Atomics.load(this.#flags, FLAG.asked))
    const isFirst = !this.isInterrupted
    this.isInterrupted = true
    const error = new InterruptError('the cell was interrupted')
    this.#controller.abort(error)
    if (isFirst && this.isListening) return 'stopping'
    this.fail(error)
    return 'ended'
  }
}

module.exports = { RunningCell }
