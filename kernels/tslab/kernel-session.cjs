// @ts-check
'use strict'
// The Jupyter side of the kernel: requests in, replies and broadcasts out. It runs in a thread of its own, so that
// user code that blocks stops neither heartbeat nor interrupts nor completion.
const { decode, encode, makeHeader } = require('./wire.cjs')
const { StreamBuffer } = require('./stream-buffer.cjs')
const { History } = require('./history.cjs')
const { kernelInfo } = require('./kernel-info.cjs')
const { OutputRecord } = require('./output-record.cjs')

/**
 * @typedef {import('./wire.cjs').Message} Message
 * @typedef {'shell' | 'control'} Channel
 * @typedef {{ channel: Channel, message: Message }} Request
 * @typedef {object} SessionOptions
 * @property {import('./sockets.cjs').Connection} connection
 * @property {(method: string, ...parameters: unknown[]) => Promise<any>} language  the thread that knows TypeScript
 * @property {(message: Record<string, unknown>) => void} toCells  to the thread that runs user code
 * @property {() => void} interrupt
 * @property {() => Promise<void>} exit
 */

class KernelSession {
  #options
  /** @type {Awaited<ReturnType<typeof import('./sockets.cjs').openSockets>> | undefined} */
  #sockets
  #id = makeHeader('', '').msg_id
  #streams
  #record
  #history = new History()
  #executionCount = 0
  /**
   * Requests of every cell by message id: output may arrive long after the cell's reply.
   *
   * @type {Map<string, Message>}
   */
  #cells = new Map()
  /** @type {Request[]} */
  #queue = []
  /** @type {Request | undefined} */
  #running
  /**
   * Open comms and their targets.
   *
   * @type {Map<string, string>}
   */
  #comms = new Map()

  /** @param {SessionOptions} options */
  constructor(options) {
    this.#options = options
    this.#streams = new StreamBuffer((cell, name, text) => {
      this.#record.stream(cell, name, text)
      this.#broadcast('stream', { name, text }, this.#cells.get(cell))
    })
    this.#record = new OutputRecord((comm_id, data) => this.#broadcast('comm_msg', { comm_id, data }))
  }

  /** @param {Awaited<ReturnType<typeof import('./sockets.cjs').openSockets>>} sockets */
  start(sockets) {
    this.#sockets = sockets
    this.#broadcast('status', { execution_state: 'starting' })
  }

  get isRunning() {
    return this.#running !== undefined
  }

  /** Everything broadcast or replied so far has left the queues. */
  async flushed() {
    this.#streams.flush()
    const { shell, control, iopub } = this.#openSockets
    await Promise.all([shell.drained(), control.drained(), iopub.drained()])
  }

  /** @param {Channel} channel @param {Buffer[]} frames */
  receive(channel, frames) {
    let message
    try {
      message = decode(frames, this.#options.connection.key)
    } catch (error) {
      process.stderr.write(`medtune kernel: dropped a ${channel} message: ${error}\n`)
      return
    }
    const request = { channel, message }
    if (message.header.msg_type === 'execute_request') this.#enqueue(request)
    else this.#answer(request)
  }

  /** @param {Buffer[]} frames */
  receiveInput(frames) {
    const { header, content } = decode(frames, this.#options.connection.key)
    if (header.msg_type === 'input_reply')
      this.#options.toCells({ kind: 'input', value: String(content.value) })
  }

  /**
   * A message from the thread that runs user code.
   *
   * @param {any} event
   */
  onCellEvent(event) {
    const request = this.#cells.get(event.cell)
    if (event.kind === 'stream') return this.#streams.write(event.cell, event.name, event.text)
    if (event.kind === 'publish') return this.#publish(event, request)
    if (event.kind === 'ask' && request) return this.#ask(event, request)
    if (event.kind === 'done') return this.#finish(event)
  }

  get #openSockets() {
    if (this.#sockets === undefined) throw new Error('the kernel has no sockets yet')
    return this.#sockets
  }

  /** @param {string} type @param {unknown} content @param {Message} [parent] @param {Buffer[]} [buffers] */
  #broadcast(type, content, parent, buffers = []) {
    if (type !== 'stream') this.#streams.flush()
    const message = {
      identities: [Buffer.from(type)],
      header: makeHeader(type, this.#id),
      parentHeader: parent?.header ?? {},
      metadata: {},
      content,
      buffers,
    }
    this.#openSockets.iopub.send(encode(message, this.#options.connection.key))
  }

  /** @param {Request} request @param {unknown} content */
  #reply({ channel, message }, content) {
    this.#streams.flush()
    const type = message.header.msg_type.replace('_request', '_reply')
    const reply = {
      identities: message.identities,
      header: makeHeader(type, this.#id),
      parentHeader: message.header,
      metadata: {},
      content,
      buffers: [],
    }
    this.#openSockets[channel].send(encode(reply, this.#options.connection.key))
  }

  /** @param {Request} request */
  async #answer(request) {
    const { message } = request
    this.#broadcast('status', { execution_state: 'busy' }, message)
    try {
      const content = await this.#contentOf(message)
      if (content !== undefined) this.#reply(request, content)
    } catch (error) {
      const evalue = error instanceof Error ? error.message : String(error)
      this.#reply(request, { status: 'error', ename: 'KernelError', evalue, traceback: [] })
    }
    this.#broadcast('status', { execution_state: 'idle' }, message)
    // Front ends show the latest state they heard of, and a cell may still be running.
    if (this.#running) this.#broadcast('status', { execution_state: 'busy' }, this.#running.message)
    if (message.header.msg_type === 'shutdown_request') await this.#options.exit()
  }

  /** @param {Message} message @returns {Promise<unknown>} undefined: this message has no reply */
  async #contentOf({ header, content, buffers }) {
    const { language, interrupt, toCells } = this.#options
    switch (header.msg_type) {
      case 'kernel_info_request':
        return kernelInfo
      case 'complete_request':
        return language('complete', content.code, content.cursor_pos)
      case 'inspect_request':
        return language('inspect', content.code, content.cursor_pos)
      case 'is_complete_request':
        return language('isComplete', content.code)
      case 'history_request':
        return { status: 'ok', history: this.#history.select(content) }
      case 'comm_info_request':
        return { status: 'ok', comms: this.#commInfo(content.target_name) }
      case 'comm_open':
      case 'comm_msg':
      case 'comm_close':
        this.#trackComm(header.msg_type, content)
        if (!this.#record.receive(header.msg_type, content))
          toCells({ kind: 'comm', type: header.msg_type, content, buffers })
        return undefined
      case 'interrupt_request':
        interrupt()
        return { status: 'ok' }
      case 'shutdown_request':
        return { status: 'ok', restart: content.restart === true }
      case 'connect_request':
        return { status: 'ok', ...this.#options.connection, key: undefined }
      default:
        process.stderr.write(`medtune kernel: no answer to ${header.msg_type}\n`)
        return undefined
    }
  }

  /** @param {Request} request */
  #enqueue(request) {
    this.#queue.push(request)
    this.#record.queued(request.message)
    if (!this.#running) this.#runNext()
  }

  #runNext() {
    const request = this.#queue.shift()
    this.#running = request
    if (!request) return
    const { header, content } = request.message
    this.#cells.set(header.msg_id, request.message)
    this.#broadcast('status', { execution_state: 'busy' }, request.message)
    const isSilent = content.silent === true
    if (!isSilent) {
      this.#executionCount += 1
      const input = { code: content.code, execution_count: this.#executionCount }
      this.#broadcast('execute_input', input, request.message)
      this.#record.started(header.msg_id, this.#executionCount)
    }
    this.#options.toCells({
      kind: 'execute',
      cell: header.msg_id,
      executionCount: this.#executionCount,
      content,
      cellId: String(request.message.metadata?.cellId ?? ''),
    })
  }

  /** @param {{ reply: Record<string, unknown>, result: string | null }} event */
  #finish({ reply, result }) {
    const request = this.#running
    if (!request) return
    const { content } = request.message
    this.#reply(request, { ...reply, execution_count: this.#executionCount })
    if (content.silent !== true && content.store_history !== false) {
      this.#history.add(this.#executionCount, content.code, result)
    }
    this.#record.ended(request.message.header.msg_id, reply.status === 'ok' ? 'ok' : 'error')
    this.#broadcast('status', { execution_state: 'idle' }, request.message)
    this.#running = undefined
    if (reply.status === 'error' && content.stop_on_error !== false) this.#abortQueue()
    this.#runNext()
  }

  /** After an error, what was sent together with the failed cell must not run. */
  #abortQueue() {
    for (const request of this.#queue.splice(0)) {
      this.#broadcast('status', { execution_state: 'busy' }, request.message)
      this.#reply(request, { status: 'aborted', execution_count: this.#executionCount })
      this.#record.ended(request.message.header.msg_id, 'aborted')
      this.#broadcast('status', { execution_state: 'idle' }, request.message)
    }
  }

  /** @param {{ type: string, json: string, displayId?: string, buffers?: Uint8Array[] }} event @param {Message} [parent] */
  #publish({ type, json, displayId, buffers = [] }, parent) {
    if (type.startsWith('comm_')) this.#trackComm(type, JSON.parse(json))
    else if (parent) {
      this.#streams.flush()
      this.#record.publish(parent.header.msg_id, { type, json, displayId })
    }
    this.#broadcast(
      type,
      json,
      parent,
      buffers.map((bytes) => Buffer.from(bytes)),
    )
  }

  /** @param {{ prompt: string, password: boolean }} event @param {Message} request */
  #ask({ prompt, password }, request) {
    this.#streams.flush()
    const message = {
      identities: request.identities,
      header: makeHeader('input_request', this.#id),
      parentHeader: request.header,
      metadata: {},
      content: { prompt, password },
      buffers: [],
    }
    this.#openSockets.stdin.send(encode(message, this.#options.connection.key))
  }

  /** @param {string} type @param {{ comm_id: string, target_name?: string }} content */
  #trackComm(type, content) {
    if (type === 'comm_open') this.#comms.set(content.comm_id, content.target_name ?? '')
    if (type === 'comm_close') this.#comms.delete(content.comm_id)
  }

  /** @param {string | undefined} targetName */
  #commInfo(targetName) {
    const open = [...this.#comms].filter(([, target]) => targetName === undefined || target === targetName)
    return Object.fromEntries(open.map(([id, target]) => [id, { target_name: target }]))
  }
}

module.exports = { KernelSession }
