import {
  ContentsManager,
  KernelAPI,
  KernelManager,
  KernelSpecManager,
  ServerConnection,
  SessionManager,
} from '@jupyterlab/services'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { hashPassword } from './password.js'
import { startTestServer, type TestServer } from './server.fixture.js'

const password = 'correct horse'
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ passwordHash: await hashPassword(password) })
})

afterAll(() => server.close())

type Headers = Readonly<Record<string, string>>

const open = (address: string, options: RequestInit = {}) =>
  fetch(`${server.origin}${address}`, { redirect: 'manual', ...options })

/** How VS Code finds out that there is a password, asks its user for it, and turns it into the headers of all requests. */
async function logIn(): Promise<Headers> {
  expect((await open('/hub/api')).status).not.toBe(200)
  expect((await open('/tree?')).status).not.toBe(200)
  const page = await open('/login?')
  expect(page.status).toBe(200)
  const xsrf = /^_xsrf=([^;]+)/.exec(page.headers.getSetCookie()[0] ?? '')?.[1] ?? ''
  expect(xsrf).not.toBe('')
  const headers = { cookie: `_xsrf=${xsrf}` }
  const answer = await open('/login?', {
    method: 'POST',
    headers,
    body: new URLSearchParams({ _xsrf: xsrf, password }),
  })
  expect(answer.status).toBe(302)
  // It takes the first cookie, with its attributes, as it is.
  const [session = ''] = answer.headers.getSetCookie()
  return { Cookie: `_xsrf=${xsrf}; ${session}`, 'X-XSRFToken': xsrf }
}

function settingsWith(
  headers: Headers,
  fields: Partial<ServerConnection.ISettings>,
): ServerConnection.ISettings {
  class Socket extends WebSocket {
    constructor(address: string, protocols?: string | string[]) {
      super(address, protocols, { headers: { ...headers } })
    }
  }
  return ServerConnection.makeSettings({
    baseUrl: `${server.origin}/`,
    wsUrl: server.origin.replace('http', 'ws'),
    appUrl: '',
    init: { credentials: 'same-origin', headers: { ...headers } },
    WebSocket: Socket as unknown as typeof globalThis.WebSocket,
    ...fields,
  })
}

describe("VS Code's connection to an existing server", () => {
  test.each(['a token in the address', 'a password'])(
    'with %s: checks, backing file, session, cells, restart, end',
    async (way) => {
      const serverSettings =
        way === 'a password'
          ? settingsWith(await logIn(), { token: '' })
          : settingsWith({}, { token: server.token, appendToken: true })
      expect(await KernelAPI.listRunning(serverSettings)).toEqual([])
      const specs = new KernelSpecManager({ serverSettings })
      await specs.refreshSpecs()
      expect(specs.specs?.kernelspecs.medtune).toMatchObject({ language: 'typescript' })
      const kernelManager = new KernelManager({ serverSettings })
      const sessions = new SessionManager({ kernelManager, serverSettings })
      const contents = new ContentsManager({ serverSettings })
      await sessions.ready
      const untitled = await contents.newUntitled({ type: 'notebook' })
      const file = await contents.rename(untitled.path, 'n-jvsc-0123.ipynb')
      const session = await sessions.startNew(
        { path: file.path, type: 'notebook', name: file.name, kernel: { name: 'medtune' } },
        { kernelConnectionOptions: { handleComms: true } },
      )
      const kernel = session.kernel
      if (kernel === null) throw new Error('no kernel')
      const info = await kernel.info
      expect(info).toMatchObject({ status: 'ok', language_info: { name: 'typescript' } })
      const texts: string[] = []
      const request = {
        code: 'console.log(6 * 7)',
        silent: false,
        stop_on_error: false,
        allow_stdin: true,
        store_history: true,
      }
      const future = kernel.requestExecute(request, true)
      future.onIOPub = ({ content }) => {
        if ('text' in content) texts.push(String(content.text))
      }
      expect((await future.done).content.status).toBe('ok')
      expect(texts.join('')).toBe('42\n')
      expect((await kernel.requestComplete({ code: 'Math.sqr', cursor_pos: 8 })).content).toMatchObject({
        status: 'ok',
      })
      await sessions.refreshRunning()
      expect([...sessions.running()].map(({ path }) => path)).toEqual([file.path])
      expect((await KernelAPI.listRunning(serverSettings))[0]).toMatchObject({
        name: 'medtune',
        connections: 1,
      })
      await session.kernel?.restart()
      await session.shutdown()
      await contents.delete(file.path)
      expect(server.registry.kernels).toEqual([])
      for (const manager of [sessions, kernelManager, specs, contents]) manager.dispose()
    },
  )
})
