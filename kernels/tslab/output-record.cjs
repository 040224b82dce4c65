// @ts-check
'use strict'
// What cells of a notebook have shown, kept for a page that opens while they run: a reloaded page knows nothing of
// them, and a notebook's file only what was saved. It follows over a comm named `medtune.outputs`, which this thread
// serves, so that code that blocks does not hold it up: `{ runs }` with all of them at once, then what changes.

const TARGET = 'medtune.outputs'
const PUSH_AFTER_MS = 200
const DEFAULT_LIMIT_BYTES = 32 * 2 ** 20

/**
 * @typedef {import('./wire.cjs').Message} Message
 * @typedef {'queued' | 'running' | 'ok' | 'error' | 'aborted'} RunStatus
 * @typedef {{ type: 'stream', name: string, text: string } | { type: string, json: string, displayId?: string }} Shown
 *
 * @typedef {object} RecordedRun
 * @property {string} id  of the request
 * @property {string} cellId
 * @property {string} session  of the front end that asked
 * @property {string} source
 * @property {RunStatus} status
 * @property {number | null} executionCount
 * @property {Shown[]} shown
 * @property {number} bytes
 * @property {boolean} clearsNext
 * @property {number} version
 */

const isOver = (/** @type {RunStatus} */ status) => status !== 'queued' && status !== 'running'
const sizeOf = (/** @type {Shown} */ shown) => ('json' in shown ? shown.json.length : shown.text.length)

/** As nbformat has it. @param {Shown} shown @param {number | null} executionCount */
function toOutput(shown, executionCount) {
  if (!('json' in shown)) return { output_type: 'stream', name: shown.name, text: shown.text }
  const { transient: _, ...content } = JSON.parse(shown.json)
  if (shown.type === 'execute_result')
    return { output_type: shown.type, ...content, execution_count: executionCount }
  return { output_type: shown.type, ...content }
}

class OutputRecord {
  /** The last run of each cell, by the id of its request. @type {Map<string, RecordedRun>} */
  #runs = new Map()
  /** Comms of pages that follow, with the version they know. @type {Map<string, number>} */
  #followers = new Map()
  #version = 0
  #bytes = 0
  #limitBytes
  #send
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer

  /**
   * @param {(commId: string, data: object) => void} send
   * @param {number} [limitBytes] of all outputs together; the oldest runs are forgotten
   */
  constructor(send, limitBytes = DEFAULT_LIMIT_BYTES) {
    this.#send = send
    this.#limitBytes = limitBytes
  }

  /** @param {Message} request */
  queued({ header, metadata, content }) {
    const cellId = String(metadata?.cellId ?? '')
    if (cellId === '' || content.silent === true) return
    for (const run of this.#runs.values()) if (run.cellId === cellId) this.#forget(run)
    /** @type {RecordedRun} */
    const run = {
      ...{ id: header.msg_id, cellId, session: header.session, source: content.code },
      ...{ status: 'queued', executionCount: null, shown: [], bytes: 0, clearsNext: false, version: 0 },
    }
    this.#runs.set(run.id, run)
    this.#changed(run)
  }

  /** @param {string} id @param {number} executionCount */
  started(id, executionCount) {
    const run = this.#runs.get(id)
    if (run) this.#changed(Object.assign(run, { status: 'running', executionCount }))
  }

  /** @param {string} id @param {RunStatus} status */
  ended(id, status) {
    const run = this.#runs.get(id)
    if (run) this.#changed(Object.assign(run, { status }))
  }

  /** @param {string} id @param {string} name @param {string} text */
  stream(id, name, text) {
    const run = this.#runs.get(id)
    if (!run) return
    this.#clearIfDue(run)
    const last = run.shown.at(-1)
    if (last && !('json' in last) && last.name === name) last.text += text
    else run.shown.push({ type: 'stream', name, text })
    this.#grow(run, text.length)
  }

  /** @param {string} id @param {{ type: string, json: string, displayId?: string }} event */
  publish(id, { type, json, displayId }) {
    if (type === 'update_display_data') return this.#update(json, displayId)
    const run = this.#runs.get(id)
    if (!run) return
    if (type === 'clear_output') {
      run.clearsNext = true
      if (!JSON.parse(json).wait) this.#clearIfDue(run)
      return
    }
    if (type !== 'display_data' && type !== 'execute_result' && type !== 'error') return
    this.#clearIfDue(run)
    run.shown.push({ type, json, ...(displayId === undefined ? {} : { displayId }) })
    this.#grow(run, json.length)
  }

  /**
   * A message of a page for this comm, or of another.
   *
   * @param {string} type @param {{ comm_id: string, target_name?: string }} content
   * @returns {boolean} whether it was for this one
   */
  receive(type, { comm_id, target_name }) {
    if (type === 'comm_open' && target_name === TARGET) {
      this.#followers.set(comm_id, 0)
      this.#push()
      return true
    }
    const isKnown = this.#followers.has(comm_id)
    if (type === 'comm_close') this.#followers.delete(comm_id)
    return isKnown
  }

  /** @param {string} json @param {string | undefined} displayId */
  #update(json, displayId) {
    for (const run of this.#runs.values()) {
      for (const shown of run.shown) {
        if (!('json' in shown) || displayId === undefined || shown.displayId !== displayId) continue
        const growth = json.length - shown.json.length
        shown.json = json
        this.#grow(run, growth)
      }
    }
  }

  /** @param {RecordedRun} run */
  #clearIfDue(run) {
    if (!run.clearsNext) return
    run.clearsNext = false
    run.shown = []
    this.#grow(run, -run.bytes)
  }

  /** @param {RecordedRun} run @param {number} bytes */
  #grow(run, bytes) {
    run.bytes += bytes
    this.#bytes += bytes
    for (const oldest of this.#runs.values()) {
      if (this.#bytes <= this.#limitBytes || oldest === run) break
      this.#forget(oldest)
    }
    while (this.#bytes > this.#limitBytes && run.shown.length > 0) {
      const [first] = run.shown.splice(0, 1)
      const lost = first ? sizeOf(first) : 0
      run.bytes -= lost
      this.#bytes -= lost
    }
    this.#changed(run)
  }

  /** @param {RecordedRun} run */
  #forget(run) {
    this.#runs.delete(run.id)
    this.#bytes -= run.bytes
  }

  /** @param {RecordedRun} run */
  #changed(run) {
    this.#version += 1
    run.version = this.#version
    if (this.#followers.size > 0) this.#timer ??= setTimeout(() => this.#push(), PUSH_AFTER_MS)
  }

  #push() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const runs = [...this.#runs.values()]
    for (const [commId, known] of this.#followers) {
      const news = runs.filter(({ version }) => version > known)
      this.#followers.set(commId, this.#version)
      this.#send(commId, { runs: news.map(describe) })
    }
    // Pages close before they say so: whoever has followed to the end needs no more.
    if (runs.every(({ status }) => isOver(status))) this.#followers.clear()
  }
}

/** @param {RecordedRun} run */
function describe({ id, cellId, session, source, status, executionCount, shown }) {
  const outputs = shown.map((one) => toOutput(one, executionCount))
  return { id, cellId, session, source, status, executionCount, outputs }
}

module.exports = { OutputRecord }
