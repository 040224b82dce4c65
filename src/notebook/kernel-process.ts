import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { KernelSpec } from './kernel-spec.js'

const LOG_LENGTH = 20_000
const TERMINATE_AFTER_MS = 2000

/** Addresses and key of a kernel, as its connection file has them. */
export interface Connection {
  readonly transport: 'tcp'
  readonly ip: string
  readonly shell_port: number
  readonly iopub_port: number
  readonly control_port: number
  readonly stdin_port: number
  readonly hb_port: number
  readonly key: string
  readonly signature_scheme: 'hmac-sha256'
  readonly kernel_name: string
}

/** The operating system's side of a kernel: its process, its connection file, what it wrote outside of any cell. */
export class KernelProcess {
  readonly connection: Connection
  readonly #folder: string
  readonly #process: ChildProcess
  readonly #exited: Promise<void>
  #log = ''
  #exit: string | undefined

  private constructor(connection: Connection, folder: string, child: ChildProcess) {
    this.connection = connection
    this.#folder = folder
    this.#process = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log = (this.#log + chunk.toString()).slice(-LOG_LENGTH)
      })
    }
    this.#exited = new Promise((resolve) => {
      const end = (how: string) => {
        this.#exit ??= how
        resolve()
      }
      child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
      child.once('error', (error) => end(error.message))
    })
  }

  /**
   * @param folder working folder of the kernel: where relative paths in cells start
   */
  static async start(spec: KernelSpec, folder: string): Promise<KernelProcess> {
    const connection = await makeConnection(spec.name)
    const connectionFolder = await mkdtemp(path.join(os.tmpdir(), 'medtune-kernel-'))
    const file = path.join(connectionFolder, 'connection.json')
    // The key in it lets its reader run code as this user.
    await writeFile(file, JSON.stringify(connection), { mode: 0o600 })
    const [command = '', ...rest] = spec.argv.map((argument) => argument.replace('{connection_file}', file))
    const env = { ...process.env, ...spec.env, JPY_PARENT_PID: String(process.pid) }
    // Its own process group: a Ctrl-C in the terminal is the caller's to pass on, and arrives once.
    const child = spawn(command, rest, {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    })
    return new KernelProcess(connection, connectionFolder, child)
  }

  get pid(): number | undefined {
    return this.#process.pid
  }

  /** How the process ended, such as `exit code 1`; undefined while it runs. */
  get exit(): string | undefined {
    return this.#exit
  }

  /** The end of what the process wrote to its own stdout and stderr. */
  get log(): string {
    return this.#log
  }

  get exited(): Promise<void> {
    return this.#exited
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#exit === undefined) this.#process.kill(signal)
  }

  /** Ends the process by its id (SIGTERM, then SIGKILL) and removes the connection file. */
  async kill(): Promise<void> {
    if (this.#exit === undefined) {
      this.#process.kill('SIGTERM')
      const timer = setTimeout(() => this.#process.kill('SIGKILL'), TERMINATE_AFTER_MS)
      await this.#exited
      clearTimeout(timer)
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function makeConnection(name: string): Promise<Connection> {
  const [shell = 0, iopub = 0, control = 0, stdin = 0, heartbeat = 0] = await freePorts(5)
  return {
    transport: 'tcp',
    ip: '127.0.0.1',
    shell_port: shell,
    iopub_port: iopub,
    control_port: control,
    stdin_port: stdin,
    hb_port: heartbeat,
    key: randomUUID(),
    signature_scheme: 'hmac-sha256',
    kernel_name: name,
  }
}

/** Ports that were free a moment ago: all are held open until the last is found, so they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer()
      return new Promise<typeof server>((resolve, reject) => {
        server.once('error', reject)
        server.listen(0, '127.0.0.1', () => resolve(server))
      })
    }),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
