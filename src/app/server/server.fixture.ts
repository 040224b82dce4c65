import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type RunningServer, type ServerOptions, startServer } from './start-server.js'

export interface TestServer extends RunningServer {
  readonly root: string
  /** A request with the token, as another program sends it. */
  ask(address: string, options?: RequestInit): Promise<Response>
}

/** A server on an empty folder of its own, with a page that has no script. */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'medtune-server-'))
  const [root, pageFolder] = [path.join(folder, 'root'), path.join(folder, 'page')]
  await mkdir(root)
  await mkdir(pageFolder)
  await writeFile(path.join(pageFolder, 'index.html'), '<head><!-- jupyter-config-data --></head>')
  const stateFolder = path.join(folder, 'state')
  const server = await startServer({ rootFolder: root, pageFolder, stateFolder, ...options })
  return {
    ...server,
    root,
    ask: (address, options = {}) =>
      fetch(`${server.origin}${address}`, {
        redirect: 'manual',
        ...options,
        headers: { authorization: `token ${server.token}`, ...options.headers },
      }),
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
