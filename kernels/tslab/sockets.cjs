// @ts-check
'use strict'
// The five ZeroMQ sockets of a kernel. zeromq.js permits one send at a time and drops what a socket cannot take at
// once, so every socket has a queue and no high-water mark: a burst of any size arrives complete and in order.
const zmq = require('zeromq')

/**
 * @typedef {{ transport: string, ip: string, key: string, shell_port: number, control_port: number, stdin_port: number,
 *   iopub_port: number, hb_port: number }} Connection
 * @typedef {{ send(frames: Buffer[]): void, drained(): Promise<void>, close(): void }} Sender
 */

/**
 * @param {{ send(frames: Buffer[]): Promise<void>, close(): void }} socket
 * @returns {Sender}
 */
function makeSender(socket) {
  /** @type {Buffer[][]} */
  let queue = []
  /** @type {Promise<void> | undefined} */
  let draining
  async function drain() {
    while (queue.length > 0) {
      const batch = queue
      queue = []
      for (const frames of batch) await socket.send(frames)
    }
    draining = undefined
  }
  return {
    send(frames) {
      queue.push(frames)
      draining ??= drain()
    },
    drained: async () => draining,
    close: () => socket.close(),
  }
}

/** @param {AsyncIterable<Buffer[]>} socket @param {(frames: Buffer[]) => void} handle */
async function receive(socket, handle) {
  for await (const frames of socket) handle(frames)
}

/**
 * Answers every heartbeat with its own bytes.
 *
 * @param {import('zeromq').Reply} socket
 */
async function echo(socket) {
  for await (const frames of socket) await socket.send(frames)
}

/**
 * @param {Connection} connection
 * @param {{ shell(frames: Buffer[]): void, control(frames: Buffer[]): void, stdin(frames: Buffer[]): void }} handlers
 * @returns {Promise<{ shell: Sender, control: Sender, stdin: Sender, iopub: Sender, close(): void }>}
 */
async function openSockets(connection, handlers) {
  const options = { linger: 1000, sendHighWaterMark: 0, receiveHighWaterMark: 0 }
  const shell = new zmq.Router(options)
  const control = new zmq.Router(options)
  const stdin = new zmq.Router(options)
  const iopub = new zmq.Publisher({ linger: 1000, sendHighWaterMark: 0 })
  const heartbeat = new zmq.Reply({ linger: 0 })
  const address = (/** @type {number} */ port) => `${connection.transport}://${connection.ip}:${port}`
  await Promise.all([
    shell.bind(address(connection.shell_port)),
    control.bind(address(connection.control_port)),
    stdin.bind(address(connection.stdin_port)),
    iopub.bind(address(connection.iopub_port)),
    heartbeat.bind(address(connection.hb_port)),
  ])
  receive(shell, handlers.shell)
  receive(control, handlers.control)
  receive(stdin, handlers.stdin)
  echo(heartbeat)
  return {
    shell: makeSender(shell),
    control: makeSender(control),
    stdin: makeSender(stdin),
    iopub: makeSender(iopub),
    close: () => {
      for (const socket of [shell, control, stdin, iopub, heartbeat]) socket.close()
    },
  }
}

module.exports = { openSockets }
