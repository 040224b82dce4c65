import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { type AccessRules, hasToken, isHostAllowed, isOriginAllowed } from './access-rules.js'
import type { KernelRegistry } from './kernel-registry.js'
import { connectSocket } from './kernel-socket.js'
import { binaryProtocol } from './socket-framing.js'

const maxMessageBytes = 256 * 2 ** 20

/** The two WebSockets: `/api/kernels/<id>/channels` and `/api/events/subscribe`. */
export interface Sockets {
  publishEvent(event: object): void
  close(): void
}

/** Lets WebSockets in by the same rules as requests. `rules` are read when a client comes: the port is known by then. */
export function upgradeSockets(server: Server, registry: KernelRegistry, rules: () => AccessRules): Sockets {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => (offered.has(binaryProtocol) ? binaryProtocol : false),
  })
  const subscribers = new Set<WebSocket>()
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy())
    const url = request.url ?? '/'
    const access = { url, headers: request.headers }
    const isAllowed =
      isHostAllowed(request.headers.host, rules()) &&
      isOriginAllowed(access, rules()) &&
      hasToken(access, rules())
    if (!isAllowed) return refuse(stream, '403 Forbidden')
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    if (pathname === '/api/events/subscribe') {
      return sockets.handleUpgrade(request, stream, head, (socket) => {
        subscribers.add(socket)
        socket.on('error', () => socket.terminate())
        socket.on('close', () => subscribers.delete(socket))
      })
    }
    const id = /^\/api\/kernels\/([^/]+)\/channels$/.exec(pathname)?.[1]
    const kernel = registry.kernels.find((candidate) => candidate.id === id)
    if (kernel === undefined) return refuse(stream, '404 Not Found')
    const session = searchParams.get('session_id') ?? ''
    sockets.handleUpgrade(request, stream, head, (socket) => connectSocket(socket, kernel, session))
  })
  return {
    publishEvent(event) {
      for (const socket of subscribers) socket.send(JSON.stringify(event))
    },
    close() {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
    },
  }
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
