import type { WebSocket } from 'ws'
import type { KernelMessage } from '../../notebook/wire-protocol.js'
import type { KernelListener, ServedKernel } from './served-kernel.js'
import { decodeFromSocket, encodeForSocket } from './socket-framing.js'

/** A client that is so far behind is cut off: it connects again, and the memory of the server stays bounded. */
const maxQueuedBytes = 128 * 2 ** 20
const pingIntervalMs = 30_000

const closeCodes = { goingAway: 1001, tryAgainLater: 1013 } as const

/** Joins a client's WebSocket with a kernel until either ends. */
export function connectSocket(socket: WebSocket, kernel: ServedKernel, session: string): void {
  const { protocol } = socket
  const listener: KernelListener = {
    session,
    receive(message: KernelMessage) {
      if (socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount > maxQueuedBytes) {
        kernel.detach(listener)
        socket.close(closeCodes.tryAgainLater, 'too slow')
      } else socket.send(encodeForSocket(message, protocol))
    },
  }
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    const message = decodeFromSocket(data, isBinary, protocol)
    if (message === undefined) return
    listener.session = message.header.session
    kernel.send(message)
  })
  let isAlive = true
  const heartbeat = setInterval(() => {
    if (!isAlive) socket.terminate()
    isAlive = false
    socket.ping()
  }, pingIntervalMs)
  const onGone = (): void => socket.close(closeCodes.goingAway, 'kernel ended')
  kernel.once('gone', onGone)
  socket.on('pong', () => {
    isAlive = true
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    clearInterval(heartbeat)
    kernel.off('gone', onGone)
    kernel.detach(listener)
  })
  kernel.attach(listener)
}
