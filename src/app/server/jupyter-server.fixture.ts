import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { repositoryRoot } from '../../test-data.fixture.js'

/** A notebook server in a process of its own: Jupyter's or ours, as their users start them. */
export interface NotebookServer {
  readonly port: number
  readonly token: string
  ask(address: string, options?: RequestInit): Promise<Response>
  /** Resident memory of the server itself, bytes. */
  residentBytes(): number
  kill(): Promise<void>
}

interface JupyterOptions {
  readonly python: string
  readonly module: 'jupyter_server' | 'jupyterlab'
  /** Holds the home of this server; what is in its `root` is shown. */
  readonly folder: string
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
}

const token = 'token-of-a-test'

/** Starts Jupyter and waits until it answers. */
export async function startJupyter({
  python,
  module,
  folder,
  args = [],
  env,
}: JupyterOptions): Promise<NotebookServer> {
  const port = await freePort()
  const home = mkdtempSync(path.join(folder, 'home-'))
  const root = path.join(folder, 'root')
  mkdirSync(root, { recursive: true })
  const options = ['--no-browser', '--allow-root', `--port=${port}`, `--IdentityProvider.token=${token}`]
  const child = spawn(python, ['-m', module, ...options, `--ServerApp.root_dir=${root}`, ...args], {
    env: { ...process.env, HOME: home, JUPYTER_RUNTIME_DIR: home, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return whenReady(child, { port, token })
}

/** Starts `medtune notebook` and waits until it answers. */
export async function startMedtune({ folder }: { readonly folder: string }): Promise<NotebookServer> {
  const port = await freePort()
  const root = path.join(folder, 'root')
  mkdirSync(root, { recursive: true })
  const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
  const args = ['notebook', '--no-browser', '--port', String(port), '--root', root]
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, XDG_STATE_HOME: path.join(folder, 'state') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  const given = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('medtune notebook ended')))
    child.stdout.on('data', (chunk) => {
      said += chunk
      const found = /token=([0-9a-f]+)/.exec(said)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  return whenReady(child, { port, token: given })
}

async function whenReady(
  child: ChildProcess,
  access: { readonly port: number; readonly token: string },
): Promise<NotebookServer> {
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said = (said + chunk).slice(-2000)
  })
  const ask = (address: string, request: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${access.port}${address}`, {
      ...request,
      headers: { authorization: `token ${access.token}`, ...request.headers },
    })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended: ${said}`)
    if ((await ask('/api/status').catch(() => undefined))?.ok) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    ...access,
    ask,
    residentBytes() {
      const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
      return 1024 * Number(kilobytes)
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exited = new Promise((resolve) => child.once('exit', resolve))
      // Asked to end, both end their kernels.
      child.kill('SIGTERM')
      await exited
    },
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
