import type { WebSocket } from 'ws'
import type { KernelMessage } from '../../notebook/wire-protocol.js'
import type { KernelListener, ServedKernel } from './served-kernel.js'
import { decodeFromSocket, encodeForSocket } from './socket-framing.js'

/** A client with so much to read makes the kernel's output wait … */
const behindBytes = 4 * 2 ** 20
/** … until it has read down to this. */
const caughtUpBytes = 2 ** 20
/** A client of a kernel that cannot wait is cut off: it connects again, and the server's memory stays bounded. */
const maxQueuedBytes = 128 * 2 ** 20
const pingIntervalMs = 30_000
const maxUnansweredPings = 3
const goingAway = 1001

/** Joins a client's WebSocket with a kernel until either ends. */
export function connectSocket(socket: WebSocket, kernel: ServedKernel, session: string): void {
  const listener = new SocketListener(socket, kernel, session)
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    const message = decodeFromSocket(data, isBinary, socket.protocol)
    if (message === undefined) return
    listener.session = message.header.session
    kernel.send(message)
  })
  const stopHeartbeat = keepAlive(socket)
  const onGone = (): void => socket.close(goingAway, 'kernel ended')
  kernel.once('gone', onGone)
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    stopHeartbeat()
    kernel.off('gone', onGone)
    kernel.detach(listener, listener.unread)
  })
  kernel.attach(listener)
}

class SocketListener implements KernelListener {
  session: string
  isBehind = false
  readonly #socket: WebSocket
  readonly #kernel: ServedKernel
  /** Given to the socket and not yet passed on to the system, in order. */
  readonly #waiting = new Set<KernelMessage>()

  constructor(socket: WebSocket, kernel: ServedKernel, session: string) {
    this.#socket = socket
    this.#kernel = kernel
    this.session = session
  }

  get unread(): KernelMessage[] {
    return [...this.#waiting]
  }

  receive(message: KernelMessage): void {
    const socket = this.#socket
    this.#waiting.add(message)
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > maxQueuedBytes) {
      this.#kernel.detach(this, this.unread)
      socket.terminate()
      return
    }
    socket.send(encodeForSocket(message, socket.protocol), (error) => {
      if (error) return
      this.#waiting.delete(message)
      if (!this.isBehind || socket.bufferedAmount > caughtUpBytes) return
      this.isBehind = false
      this.#kernel.onCaughtUp()
    })
    if (socket.bufferedAmount > behindBytes) this.isBehind = true
  }
}

/** Ends the connection of a client that neither answers nor reads: its network is gone. @returns what stops this */
function keepAlive(socket: WebSocket): () => void {
  let unanswered = 0
  let bufferedBytes = 0
  const interval = setInterval(() => {
    if (socket.bufferedAmount < bufferedBytes) unanswered = 0
    bufferedBytes = socket.bufferedAmount
    if (unanswered === maxUnansweredPings) return socket.terminate()
    unanswered++
    socket.ping()
  }, pingIntervalMs)
  socket.on('pong', () => {
    unanswered = 0
  })
  return () => clearInterval(interval)
}
