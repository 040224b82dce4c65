import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'

interface SocketMessage {
  readonly channel: string
  readonly header: { readonly msg_type: string }
  readonly parent_header: { readonly msg_id?: string }
  readonly content: Record<string, unknown>
}

/** A client of a served kernel, over the JSON protocol, as any program writes it. */
export interface KernelConnection {
  readonly socket: WebSocket
  readonly messages: readonly SocketMessage[]
  /** All that was printed to stdout. */
  readonly printed: string
  /** @returns when the cell has ended and its output is here */
  execute(code: string): Promise<SocketMessage>
  /** @returns the message's id */
  send(type: string, content: object, channel?: string): string
}

export async function connectToKernel(
  { port, token }: { readonly port: number; readonly token: string },
  kernelId: string,
  session: string = randomUUID(),
): Promise<KernelConnection> {
  const socket = new WebSocket(
    `ws://127.0.0.1:${port}/api/kernels/${kernelId}/channels?session_id=${session}&token=${token}`,
  )
  const messages: SocketMessage[] = []
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const send = (type: string, content: object, channel = 'shell'): string => {
    const msg_id = randomUUID()
    const header = { msg_id, msg_type: type, session, username: '', date: '', version: '5.3' }
    socket.send(JSON.stringify({ channel, header, parent_header: {}, metadata: {}, content }))
    return msg_id
  }
  return {
    socket,
    messages,
    get printed() {
      return messages.map(({ content }) => (content.name === 'stdout' ? content.text : '')).join('')
    },
    send,
    execute(code) {
      const id = send('execute_request', {
        code,
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
      })
      return new Promise((resolve, reject) => {
        let [reply, isIdle]: [SocketMessage | undefined, boolean] = [undefined, false]
        const onClose = (): void => reject(new Error('the connection ended'))
        const onMessage = (): void => {
          const message = messages.at(-1)
          if (message?.parent_header.msg_id !== id) return
          if (message.header.msg_type === 'execute_reply') reply = message
          if (message.content.execution_state === 'idle') isIdle = true
          if (!reply || !isIdle) return
          socket.off('message', onMessage).off('close', onClose)
          resolve(reply)
        }
        socket.on('message', onMessage).once('close', onClose)
      })
    },
  }
}
