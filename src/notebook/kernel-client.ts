import { EventEmitter } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { MedtuneError } from '../errors.js'
import { KernelChannels } from './kernel-channels.js'
import { KernelProcess } from './kernel-process.js'
import { findKernelSpec, type KernelSpec, ownKernelName } from './kernel-spec.js'
import type { Channel, KernelMessage } from './wire-protocol.js'

const STARTUP_TIMEOUT_MS = 120_000
const NUDGE_INTERVAL_MS = 250
const SHUTDOWN_TIMEOUT_MS = 3000
const LAST_MESSAGES_MS = 200
/** Output that has arrived and was not looked at: beyond this many messages it stays with the kernel. */
const MAX_WAITING_MESSAGES = 100

export interface KernelClientOptions {
  /** Name of the kernel spec; default `medtune`. */
  kernelName?: string
  /** Working folder of the kernel; default the current one. */
  folder?: string
}

export interface ExecuteOptions {
  /** Called with the request's id, which all its messages name as their parent. */
  onSent?: (id: string) => void
  /** Every iopub message that the cell causes until it ends. */
  onOutput?: (message: KernelMessage) => void
  /** Answers the cell's questions; without it the kernel is told that nobody can be asked. */
  onInput?: (prompt: string, isPassword: boolean) => Promise<string>
  isSilent?: boolean
  storeHistory?: boolean
}

export type ExecuteReply =
  | { readonly status: 'ok'; readonly execution_count: number; readonly [key: string]: unknown }
  | {
      readonly status: 'error'
      readonly execution_count: number
      readonly ename: string
      readonly evalue: string
      readonly traceback: string[]
    }
  | { readonly status: 'aborted'; readonly execution_count?: number }

interface RequestOptions {
  readonly listen?: (message: KernelMessage) => unknown
  readonly onSent?: ((id: string) => void) | undefined
  /** The request has output on iopub, which ends with an idle status. */
  readonly isBroadcast?: boolean
}

/**
 * A kernel and the conversation with it, over ZeroMQ, without Python.
 *
 * Events: `message` (every KernelMessage), `exit` (how the process ended, when nobody asked it to).
 */
export class KernelClient extends EventEmitter<{ message: [KernelMessage]; exit: [string] }> {
  readonly spec: KernelSpec
  readonly #folder: string
  #process: KernelProcess
  #connected: KernelChannels | undefined
  #isStopping = false
  /** Fails the requests that wait for a reply of this process. */
  #waiting = new Set<() => void>()

  private constructor(spec: KernelSpec, folder: string, process: KernelProcess) {
    super()
    this.setMaxListeners(0)
    this.spec = spec
    this.#folder = folder
    this.#process = process
  }

  /**
   * Starts the kernel and waits until it answers.
   *
   * @throws MedtuneError KERNEL_FAILED
   */
  static async start({
    kernelName = ownKernelName,
    folder = process.cwd(),
  }: KernelClientOptions = {}): Promise<KernelClient> {
    const spec = findKernelSpec(kernelName)
    const client = new KernelClient(spec, folder, await KernelProcess.start(spec, folder))
    await client.#connect()
    return client
  }

  get #channels(): KernelChannels {
    if (this.#connected === undefined)
      throw new MedtuneError('KERNEL_FAILED', 'the kernel must be started first.')
    return this.#connected
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** Whether its process has ended. */
  get isDead(): boolean {
    return this.#process.exit !== undefined
  }

  /**
   * Runs code and waits for its end: the reply, and all output that the kernel sent before it went idle.
   *
   * @throws MedtuneError KERNEL_FAILED when the kernel dies meanwhile
   */
  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecuteReply> {
    const { onSent, onOutput, onInput, isSilent = false, storeHistory = !isSilent } = options
    const content = {
      code,
      silent: isSilent,
      store_history: storeHistory,
      user_expressions: {},
      allow_stdin: onInput !== undefined,
      stop_on_error: true,
    }
    const listen = async (message: KernelMessage) => {
      if (message.channel === 'iopub') onOutput?.(message)
      if (message.channel === 'stdin' && message.header.msg_type === 'input_request' && onInput) {
        const { prompt, password } = message.content
        this.#channels.send('stdin', 'input_reply', {
          value: await onInput(String(prompt), password === true),
        })
      }
    }
    const reply = await this.#request('shell', 'execute_request', content, {
      listen,
      onSent,
      isBroadcast: true,
    })
    return reply.content as ExecuteReply
  }

  /** Sends a request such as `complete_request` and waits for its reply. */
  async request(
    channel: 'shell' | 'control',
    type: string,
    content: Record<string, unknown>,
  ): Promise<KernelMessage> {
    return this.#request(channel, type, content, {})
  }

  /** Sends a message that has no reply, such as `comm_open`. @returns its id */
  send(channel: 'shell' | 'control' | 'stdin', type: string, content: Record<string, unknown>): string {
    return this.#channels.send(channel, type, content)
  }

  /** Passes on a message of another client; replies come as `message` events that name that client's session. */
  forward(channel: 'shell' | 'control' | 'stdin', message: Omit<KernelMessage, 'channel'>): void {
    this.#channels.forward(channel, message)
  }

  /**
   * Stops listening to the kernel's output for a while: it waits in the kernel, which loses none, and not in this
   * process. Another kernel than ours would drop what nobody fetches, and is never paused.
   */
  setOutputPaused(isPaused: boolean): void {
    if (this.spec.name === ownKernelName) this.#connected?.setOutputPaused(isPaused)
  }

  /** The session that this client's own messages name. */
  get session(): string | undefined {
    return this.#connected?.session
  }

  async interrupt(): Promise<void> {
    if (this.spec.interruptMode === 'message') await this.request('control', 'interrupt_request', {})
    else this.#process.signal('SIGINT')
  }

  /** Ends the kernel and starts a new one: all variables are gone. */
  async restart(): Promise<void> {
    await this.shutdown()
    this.#process = await KernelProcess.start(this.spec, this.#folder)
    await this.#connect()
  }

  /** Asks the kernel to end; ends the process by its id if it does not. */
  async shutdown(): Promise<void> {
    this.#isStopping = true
    if (this.#process.exit === undefined)
      this.#channels.send('control', 'shutdown_request', { restart: false })
    await Promise.race([this.#process.exited, setTimeout(SHUTDOWN_TIMEOUT_MS, undefined, { ref: false })])
    await this.kill()
  }

  /** Ends the process by its id at once. */
  async kill(): Promise<void> {
    this.#isStopping = true
    await this.#process.kill()
    this.#channels.close()
  }

  async #connect(): Promise<void> {
    const process = this.#process
    this.#isStopping = false
    this.#connected = await KernelChannels.connect(
      process.connection,
      (message) => this.emit('message', message),
      this.spec.name === ownKernelName ? MAX_WAITING_MESSAGES : 0,
    )
    const waiting = new Set<() => void>()
    this.#waiting = waiting
    process.exited.then(async () => {
      // Its last messages may still be on their way when the process is gone.
      await setTimeout(LAST_MESSAGES_MS)
      for (const fail of waiting) fail()
      if (!this.#isStopping && process === this.#process) this.emit('exit', process.exit ?? 'unknown')
    })
    try {
      await this.#waitUntilReady()
    } catch (error) {
      await this.kill()
      throw error
    }
  }

  /** A subscriber hears nothing before its subscription arrives: ask until both an answer and a broadcast came. */
  async #waitUntilReady(): Promise<void> {
    const deadline = Date.now() + STARTUP_TIMEOUT_MS
    const heard = new Set<Channel>()
    const listen = (message: KernelMessage) => heard.add(message.channel)
    this.on('message', listen)
    try {
      while (!(heard.has('shell') && heard.has('iopub'))) {
        if (this.#process.exit !== undefined) throw this.#deathError()
        if (Date.now() > deadline) {
          const message = `kernel ${this.spec.name} must answer within ${STARTUP_TIMEOUT_MS / 1000} s; it did not. ${this.#logNote()}`
          throw new MedtuneError('KERNEL_FAILED', message)
        }
        this.#channels.send('shell', 'kernel_info_request', {})
        await setTimeout(heard.size === 0 ? NUDGE_INTERVAL_MS : NUDGE_INTERVAL_MS / 5)
      }
    } finally {
      this.off('message', listen)
    }
  }

  #request(
    channel: 'shell' | 'control',
    type: string,
    content: Record<string, unknown>,
    { listen, onSent, isBroadcast = false }: RequestOptions,
  ): Promise<KernelMessage> {
    const process = this.#process
    const waiting = this.#waiting
    if (process.exit !== undefined) return Promise.reject(this.#deathError())
    return new Promise((resolve, reject) => {
      const id = this.#channels.send(channel, type, content)
      onSent?.(id)
      let reply: KernelMessage | undefined
      let isIdle = !isBroadcast
      const onMessage = (message: KernelMessage) => {
        if (message.parentHeader.msg_id !== id) return
        listen?.(message)
        if (message.channel === channel) reply = message
        if (message.header.msg_type === 'status' && message.content.execution_state === 'idle') isIdle = true
        if (!reply || !isIdle) return
        this.off('message', onMessage)
        waiting.delete(fail)
        resolve(reply)
      }
      this.on('message', onMessage)
      const fail = () => {
        this.off('message', onMessage)
        reject(this.#deathError(process))
      }
      waiting.add(fail)
    })
  }

  #deathError(process: KernelProcess = this.#process): MedtuneError {
    const message = `kernel ${this.spec.name} must stay alive; its process ended (${process.exit}). ${this.#logNote()}`
    return new MedtuneError('KERNEL_FAILED', message)
  }

  /** What the process wrote is shown only as far as it is the kernel's own: user code's output goes to its cell. */
  #logNote(): string {
    const lastLines = this.#process.log.trim().split('\n').slice(-5).join('\n')
    return lastLines === '' ? 'Run the cells again after a restart.' : `Its last words:\n${lastLines}`
  }
}
