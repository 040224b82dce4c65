// @ts-check
'use strict'
// Joins neighbouring writes of one cell to one stream into few messages: 20,000 lines are not 20,000 messages.

const FLUSH_AFTER_MS = 20
const FLUSH_AT_LENGTH = 65_536

class StreamBuffer {
  /** @type {{ cell: string, name: string, texts: string[], length: number } | undefined} */
  #pending
  /** @type {NodeJS.Timeout | undefined} */
  #timer
  #send

  /** @param {(cell: string, name: string, text: string) => void} send */
  constructor(send) {
    this.#send = send
  }

  /** @param {string} cell @param {string} name @param {string} text */
  write(cell, name, text) {
    if (this.#pending && (this.#pending.cell !== cell || this.#pending.name !== name)) this.flush()
    this.#pending ??= { cell, name, texts: [], length: 0 }
    this.#pending.texts.push(text)
    this.#pending.length += text.length
    if (this.#pending.length >= FLUSH_AT_LENGTH) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS)
  }

  /** Sends what waits; call it before any other message, so that the order stays the order of the program. */
  flush() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const pending = this.#pending
    this.#pending = undefined
    if (pending) this.#send(pending.cell, pending.name, pending.texts.join(''))
  }
}

module.exports = { StreamBuffer }
