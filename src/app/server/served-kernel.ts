import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { KernelClient } from '../../notebook/kernel-client.js'
import { type KernelMessage, makeHeader } from '../../notebook/wire-protocol.js'
import { KeptMessages } from './kept-messages.js'

/** A kernel that dies as often in a minute dies of itself: another start would not help. */
const maxRestartsPerMinute = 5

/** A kernel as the API describes it. */
export interface KernelModel {
  readonly id: string
  readonly name: string
  readonly last_activity: string
  readonly execution_state: string
  readonly connections: number
}

/** Whoever listens to a kernel: one WebSocket. */
export interface KernelListener {
  /** The session that the client's messages name; replies go to it alone. */
  session: string
  receive(message: KernelMessage): void
  /** It has so much to read already that the kernel's output must wait. */
  readonly isBehind: boolean
}

/**
 * A kernel with its listeners. It lives on without any: what it says meanwhile is kept, up to a limit of bytes, and
 * given once to the next that comes. It starts again when it dies. Event `gone`: it is over.
 */
export class ServedKernel extends EventEmitter<{ gone: [] }> {
  readonly id: string = randomUUID()
  readonly #client: KernelClient
  readonly #listeners = new Set<KernelListener>()
  readonly #kept: KeptMessages = new KeptMessages()
  #state = 'idle'
  #lastActivity = new Date()
  #restarts: number[] = []
  /** Ends when the kernel that is being started again answers. */
  #ready: Promise<void> = Promise.resolve()

  private constructor(client: KernelClient) {
    super()
    this.#client = client
    client.on('message', (message) => this.#onMessage(message))
    client.on('exit', () => void this.#startAgain())
  }

  /** @throws MedtuneError KERNEL_FAILED */
  static async start(kernelName: string, folder: string): Promise<ServedKernel> {
    return new ServedKernel(await KernelClient.start({ kernelName, folder }))
  }

  get model(): KernelModel {
    return {
      id: this.id,
      name: this.#client.spec.name,
      last_activity: this.#lastActivity.toISOString(),
      execution_state: this.#state,
      connections: this.#listeners.size,
    }
  }

  get pid(): number | undefined {
    return this.#client.pid
  }

  get isBusy(): boolean {
    return this.#state === 'busy' || this.#state === 'restarting'
  }

  get connections(): number {
    return this.#listeners.size
  }

  /** Milliseconds since anything was asked of the kernel, or heard of it. */
  get idleMs(): number {
    return Date.now() - this.#lastActivity.getTime()
  }

  attach(listener: KernelListener): void {
    const kept = this.#listeners.size === 0 ? this.#kept.take() : []
    this.#listeners.add(listener)
    for (const message of kept) deliver(message, listener)
    this.#setPace()
  }

  /** @param unread what the listener was given and did not pass on: kept for the next one if it was the last */
  detach(listener: KernelListener, unread: readonly KernelMessage[] = []): void {
    if (!this.#listeners.delete(listener)) return
    this.#lastActivity = new Date()
    if (this.#listeners.size === 0) this.#kept.add(unread)
    this.#setPace()
  }

  /** A listener that was behind has caught up. */
  onCaughtUp(): void {
    this.#setPace()
  }

  /** Passes on a client's message. */
  send(message: KernelMessage): void {
    if (message.channel === 'iopub') return
    this.#lastActivity = new Date()
    const { channel } = message
    // The old process hears nothing any more: what comes during a restart is for the new one.
    void this.#ready.then(() => this.#client.forward(channel, message))
  }

  async interrupt(): Promise<void> {
    await this.#client.interrupt()
  }

  /**
   * The client that asks knows of it: a broadcast would tell it that the kernel had died.
   *
   * @throws MedtuneError KERNEL_FAILED
   */
  async restart(): Promise<void> {
    this.#state = 'restarting'
    await this.#restartClient()
    this.#state = 'idle'
  }

  async shutdown(): Promise<void> {
    await this.#client.shutdown()
    this.#state = 'dead'
    this.emit('gone')
  }

  #onMessage(message: KernelMessage): void {
    this.#lastActivity = new Date()
    const { channel, header, parentHeader, content } = message
    if (channel === 'iopub' && header.msg_type === 'status') this.#state = String(content.execution_state)
    // The server asks for kernel_info on its own until a kernel answers; that is nobody else's business.
    if (parentHeader.session !== undefined && parentHeader.session === this.#client.session) return
    this.#publish(message)
  }

  #publish(message: KernelMessage): void {
    if (this.#listeners.size === 0) this.#kept.add([message])
    else for (const listener of this.#listeners) deliver(message, listener)
    this.#setPace()
  }

  /** The slowest reader sets the pace: what it cannot take yet stays in the kernel's own queue. */
  #setPace(): void {
    this.#client.setOutputPaused([...this.#listeners].some(({ isBehind }) => isBehind))
  }

  /** One at a time: a kernel may die while it is restarted, and two clients may ask at once. */
  async #restartClient(): Promise<void> {
    const restarted = this.#ready.then(() => this.#client.restart())
    this.#ready = restarted.catch(() => {})
    await restarted
  }

  /** After a death that nobody asked for. Clients learn of it from the state: JupyterLab shows a dialog. */
  async #startAgain(): Promise<void> {
    const now = Date.now()
    this.#restarts = [...this.#restarts.filter((time) => now - time < 60_000), now]
    if (this.#restarts.length > maxRestartsPerMinute) return this.#giveUp()
    this.#publishState('restarting')
    try {
      await this.#restartClient()
      this.#publishState('idle')
    } catch {
      this.#giveUp()
    }
  }

  #giveUp(): void {
    this.#publishState('dead')
    this.emit('gone')
  }

  #publishState(execution_state: string): void {
    this.#state = execution_state
    const header = makeHeader('status', this.id)
    const content = { execution_state }
    this.#publish({ channel: 'iopub', header, parentHeader: {}, metadata: {}, content, buffers: [] })
  }
}

/** Output is everybody's; a reply or a question belongs to whoever asked. */
function deliver(message: KernelMessage, listener: KernelListener): void {
  if (message.channel === 'iopub' || message.parentHeader.session === listener.session)
    listener.receive(message)
}
