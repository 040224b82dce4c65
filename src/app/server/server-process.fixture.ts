import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { repositoryRoot } from '../../test-data.fixture.js'

export interface ServerProcess {
  readonly pid: number
  readonly port: number
  readonly token: string
  readonly root: string
  ask(address: string, options?: RequestInit): Promise<Response>
  /** Resident memory, bytes. */
  residentBytes(): number
  /** Ends the process by its id. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

interface ProcessOptions {
  /** Holds `root`, `page` and `state`. */
  readonly folder: string
  /** What comes before `node` on the command line, such as a shell that limits the size of files. */
  readonly wrap?: (command: readonly string[]) => readonly string[]
  /** Called when the folders are there and the server is not. */
  readonly prepare?: () => void
  readonly env?: NodeJS.ProcessEnv
}

/** The built server in a process of its own, for tests that kill it, measure it or starve it. */
export async function startServerProcess({
  folder,
  wrap = (command) => command,
  prepare,
  env,
}: ProcessOptions): Promise<ServerProcess> {
  const root = path.join(folder, 'root')
  const pageFolder = path.join(folder, 'page')
  for (const made of [root, pageFolder]) mkdirSync(made, { recursive: true })
  writeFileSync(path.join(pageFolder, 'index.html'), '<head><!-- jupyter-config-data --></head>')
  prepare?.()
  const module = pathToFileURL(path.join(repositoryRoot, 'dist/app/server/start-server.js')).href
  const options = { rootFolder: root, pageFolder, stateFolder: path.join(folder, 'state') }
  const script = `
    import { startServer } from ${JSON.stringify(module)}
    const server = await startServer(${JSON.stringify(options)})
    process.on('SIGTERM', () => server.close())
    console.log(JSON.stringify({ pid: process.pid, port: server.port, token: server.token }))`
  const [command = '', ...args] = wrap([process.execPath, '--input-type=module', '-e', script])
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const { pid, port, token } = await firstLine(child)
  return {
    ...{ pid, port, token, root },
    ask: (address, request = {}) =>
      fetch(`http://127.0.0.1:${port}${address}`, {
        ...request,
        headers: { authorization: `token ${token}`, ...request.headers },
      }),
    residentBytes() {
      const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
      return 1024 * Number(kilobytes)
    },
    async kill(signal = 'SIGTERM') {
      const isGone = child.exitCode !== null || child.signalCode !== null
      const exited = new Promise((resolve) => child.once('exit', resolve))
      if (isGone) return
      process.kill(pid, signal)
      await exited
    },
  }
}

function firstLine(child: ChildProcess): Promise<{ pid: number; port: number; token: string }> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (chunk) => {
      said += chunk
    })
    child.once('exit', () => reject(new Error(`the server ended: ${said}`)))
    if (child.stdout === null) return
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line)))
  })
}
