// @ts-check
'use strict'
// Everything user code writes, on its way to the front end.
const { Console } = require('node:console')
const { Writable } = require('node:stream')
const { StringDecoder } = require('node:string_decoder')
const { toDisplayBundle } = require('./mime-bundle.cjs')

/**
 * @typedef {import('./running-cell.cjs').RunningCell} RunningCell
 * @typedef {'stdout' | 'stderr'} StreamName
 */

/** Nothing more of a cell is shown once an interrupt ended it, though its code may still be running. */
const isMuted = (/** @type {RunningCell | undefined} */ cell) => cell?.isInterrupted && cell.isFinished

class CellOutput {
  #post
  /** The cell that runs, or ran last: library code does not know for whom it writes. @type {RunningCell | undefined} */
  cell

  /** @param {(event: object) => void} post */
  constructor(post) {
    this.#post = post
  }

  /**
   * @param {string} type
   * @param {object} content
   * @param {Uint8Array[]} [buffers]
   * @param {string} [displayId]
   */
  publish(type, content, buffers = [], displayId = undefined) {
    if (!isMuted(this.cell)) this.send(type, content, buffers, displayId)
  }

  /**
   * Publishes even when the cell is silent.
   *
   * @param {string} type
   * @param {object} content
   * @param {Uint8Array[]} [buffers]
   * @param {string} [displayId]
   */
  send(type, content, buffers = [], displayId = undefined) {
    this.#post({
      kind: 'publish',
      cell: this.cell?.id,
      type,
      json: JSON.stringify(content),
      displayId,
      buffers,
    })
  }

  /**
   * @param {unknown} value
   * @param {{ displayId?: string, isUpdate?: boolean, metadata?: object }} [options]
   */
  display(value, { displayId, isUpdate = false, metadata = {} } = {}) {
    const transient = displayId === undefined ? {} : { display_id: displayId }
    const type = isUpdate ? 'update_display_data' : 'display_data'
    this.publish(type, { data: toDisplayBundle(value), metadata, transient }, [], displayId)
  }

  /**
   * The console of one cell. What the cell prints is its own for ever, from timers too, and ends with an interrupt.
   *
   * @param {RunningCell} cell
   */
  consoleFor(cell) {
    const makeStream = (/** @type {StreamName} */ name) =>
      new Writable({
        decodeStrings: false,
        write: (text, _encoding, done) => {
          this.#write(cell, name, String(text))
          done()
        },
      })
    return new Console({ stdout: makeStream('stdout'), stderr: makeStream('stderr') })
  }

  /** Sends `process.stdout` and `process.stderr`, and with them the global console, to the cell. */
  captureStreams() {
    for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
      const stream = process[name]
      const decoder = new StringDecoder('utf8')
      const writeThrough = stream.write.bind(stream)
      stream.write = (
        /** @type {string | Uint8Array} */ chunk,
        /** @type {any} */ encoding = undefined,
        /** @type {((error?: Error | null) => void) | undefined} */ callback = undefined,
      ) => {
        if (!this.cell) return writeThrough(chunk, encoding, callback)
        this.#write(this.cell, name, typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)))
        const done = typeof encoding === 'function' ? encoding : callback
        if (done) process.nextTick(done)
        return true
      }
    }
  }

  /**
   * @param {RunningCell} cell
   * @param {StreamName} name
   * @param {string} text
   */
  #write(cell, name, text) {
    if (text !== '' && !isMuted(cell)) this.#post({ kind: 'stream', cell: cell.id, name, text })
  }
}

module.exports = { CellOutput }
