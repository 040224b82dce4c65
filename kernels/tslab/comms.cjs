// @ts-check
'use strict'
// Comms: two-way channels between user code and a front end (widgets, dashboards).
const { randomUUID } = require('node:crypto')

/**
 * @typedef {(data: any, buffers: Uint8Array[]) => void} CommListener
 * @typedef {(comm: Comm, data: any) => void} CommTarget
 */

class Comm {
  #send
  /** @type {CommListener[]} */
  onMessage = []
  /** @type {CommListener[]} */
  onClose = []

  /** @param {string} id @param {string} targetName @param {(type: string, content: object, buffers: Uint8Array[]) => void} send */
  constructor(id, targetName, send) {
    this.id = id
    this.targetName = targetName
    this.#send = send
  }

  /** @param {unknown} data @param {Uint8Array[]} [buffers] */
  send(data, buffers = []) {
    this.#send('comm_msg', { comm_id: this.id, data }, buffers)
  }

  /** @param {unknown} [data] */
  close(data = {}) {
    this.#send('comm_close', { comm_id: this.id, data }, [])
  }
}

class Comms {
  #publish
  /** @type {Map<string, Comm>} */
  #open = new Map()
  /** @type {Map<string, CommTarget>} */
  #targets = new Map()

  /** @param {import('./cell-output.cjs').CellOutput} output */
  constructor(output) {
    this.#publish = (
      /** @type {string} */ type,
      /** @type {object} */ content,
      /** @type {Uint8Array[]} */ buffers,
    ) => {
      if (type === 'comm_close' && 'comm_id' in content) this.#open.delete(String(content.comm_id))
      // An interrupted cell is silent, but the panels go on.
      output.send(type, content, buffers)
    }
  }

  /**
   * Accepts comms that the front end opens under this name.
   *
   * @param {string} name @param {CommTarget} target
   */
  registerTarget(name, target) {
    this.#targets.set(name, target)
  }

  /** @param {string} targetName @param {unknown} [data] @returns {Comm} */
  open(targetName, data = {}) {
    const comm = this.#add(randomUUID(), targetName)
    this.#publish('comm_open', { comm_id: comm.id, target_name: targetName, data }, [])
    return comm
  }

  /**
   * A comm message of the front end.
   *
   * @param {string} type @param {any} content @param {Uint8Array[]} buffers
   */
  receive(type, content, buffers) {
    if (type === 'comm_open') return this.#accept(content)
    const comm = this.#open.get(content.comm_id)
    if (type === 'comm_close') this.#open.delete(content.comm_id)
    const listeners = type === 'comm_close' ? comm?.onClose : comm?.onMessage
    for (const listener of listeners ?? []) listener(content.data, buffers)
  }

  /** @param {any} content */
  #accept(content) {
    const target = this.#targets.get(content.target_name)
    // The protocol's answer to an unknown target is to close the comm at once.
    if (!target) return this.#publish('comm_close', { comm_id: content.comm_id, data: {} }, [])
    target(this.#add(content.comm_id, content.target_name), content.data)
  }

  /** @param {string} id @param {string} targetName */
  #add(id, targetName) {
    const comm = new Comm(id, targetName, this.#publish)
    this.#open.set(id, comm)
    return comm
  }
}

module.exports = { Comm, Comms }
