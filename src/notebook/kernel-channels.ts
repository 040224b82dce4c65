import { randomUUID } from 'node:crypto'
import type { Connection } from './kernel-process.js'
import {
  type Channel,
  decodeMessage,
  encodeMessage,
  type KernelMessage,
  makeHeader,
} from './wire-protocol.js'

type SendingChannel = Exclude<Channel, 'iopub'>

interface SendingSocket {
  send(frames: Buffer[]): Promise<void>
}

/** The ZeroMQ sockets of a client, one message at a time in each direction. */
export class KernelChannels {
  readonly session: string
  readonly #key: string
  readonly #sockets: Record<SendingChannel, SendingSocket>
  readonly #close: () => void
  readonly #outputGate: Gate
  /** zeromq.js allows one send per socket at a time: each waits for the one before. */
  #sending: Promise<void> = Promise.resolve()

  private constructor(
    session: string,
    key: string,
    sockets: Record<SendingChannel, SendingSocket>,
    outputGate: Gate,
    close: () => void,
  ) {
    this.session = session
    this.#key = key
    this.#sockets = sockets
    this.#outputGate = outputGate
    this.#close = close
  }

  /** @param maxWaitingOutput how many messages of output may wait here while it is paused; 0 for any number */
  static async connect(
    connection: Connection,
    onMessage: (message: KernelMessage) => void,
    maxWaitingOutput = 0,
  ): Promise<KernelChannels> {
    // Loaded on first use: whoever imports the library for something else does not wait for a native module.
    const { Dealer, Subscriber } = await import('zeromq')
    const address = (port: number) => `${connection.transport}://${connection.ip}:${port}`
    const session = randomUUID()
    // The kernel addresses its questions on stdin to whoever asked on shell: both must carry one identity.
    const options = { routingId: session, linger: 0, sendHighWaterMark: 0, receiveHighWaterMark: 0 }
    const sockets = { shell: new Dealer(options), control: new Dealer(options), stdin: new Dealer(options) }
    const iopub = new Subscriber({ linger: 0, receiveHighWaterMark: maxWaitingOutput })
    const outputGate = new Gate()
    sockets.shell.connect(address(connection.shell_port))
    sockets.control.connect(address(connection.control_port))
    sockets.stdin.connect(address(connection.stdin_port))
    iopub.connect(address(connection.iopub_port))
    iopub.subscribe()
    const all = { ...sockets, iopub }
    for (const [name, socket] of Object.entries(all)) {
      const channel = name as Channel
      const gate = channel === 'iopub' ? outputGate : new Gate()
      receive(socket, gate, (frames) => {
        const message = decodeMessage(frames, connection.key, channel)
        if (message) onMessage(message)
      })
    }
    return new KernelChannels(session, connection.key, sockets, outputGate, () => {
      outputGate.setClosed(false)
      for (const socket of Object.values(all)) socket.close()
    })
  }

  /** @returns the message's id, by which replies and output name their cause */
  send(channel: SendingChannel, type: string, content: Record<string, unknown>): string {
    const header = makeHeader(type, this.session)
    this.forward(channel, { header, parentHeader: {}, metadata: {}, content, buffers: [] })
    return header.msg_id
  }

  /** Sends a message of another client as it is: the replies name that client's session. */
  forward(channel: SendingChannel, message: Omit<KernelMessage, 'channel'>): void {
    const frames = encodeMessage(message, this.#key)
    const socket = this.#sockets[channel]
    // A failed send means a closed socket, and whoever waits for the reply learns of that from the process.
    this.#sending = this.#sending.then(() => socket.send(frames)).catch(() => {})
  }

  setOutputPaused(isPaused: boolean): void {
    this.#outputGate.setClosed(isPaused)
  }

  close(): void {
    this.#close()
  }
}

/** Lets the loop that reads a socket pass, or wait. */
class Gate {
  #opened: (() => void) | undefined
  passed: Promise<void> | undefined

  setClosed(isClosed: boolean): void {
    if (isClosed) {
      this.passed ??= new Promise((resolve) => {
        this.#opened = resolve
      })
    } else {
      this.#opened?.()
      this.#opened = undefined
      this.passed = undefined
    }
  }
}

async function receive(
  socket: AsyncIterable<Buffer[]>,
  gate: Gate,
  onFrames: (frames: Buffer[]) => void,
): Promise<void> {
  try {
    for await (const frames of socket) {
      onFrames(frames)
      await gate.passed
    }
  } catch {
    // The socket was closed while it waited.
  }
}
