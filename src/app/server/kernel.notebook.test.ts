import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { KernelManager, ServerConnection, SessionManager } from '@jupyterlab/services'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestServer, type TestServer } from './server.fixture.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

function settings(): ServerConnection.ISettings {
  return ServerConnection.makeSettings({
    baseUrl: `${server.origin}/`,
    wsUrl: server.origin.replace('http', 'ws'),
    token: server.token,
    appendToken: true,
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
  })
}

describe('@jupyterlab/services', () => {
  test('opens a session, runs code, interrupts, restarts, and the kernel comes back after a death', async () => {
    const serverSettings = settings()
    const kernelManager = new KernelManager({ serverSettings })
    const sessions = new SessionManager({ kernelManager, serverSettings })
    await writeFile(path.join(server.root, 'a.ipynb'), '')
    const open = () =>
      sessions.startNew({ path: 'a.ipynb', name: '', type: 'notebook', kernel: { name: 'medtune' } })
    const session = await open()
    expect((await open()).id).toBe(session.id)
    const kernel = session.kernel
    if (kernel === null) throw new Error('no kernel')
    const run = async (code: string): Promise<string> => {
      const texts: string[] = []
      const future = kernel.requestExecute({ code })
      future.onIOPub = (message) => {
        if ('text' in message.content) texts.push(String(message.content.text))
      }
      const reply = await future.done
      return reply.content.status === 'ok' ? texts.join('') : reply.content.status
    }
    expect(await run('let x = 41; console.log(x + 1)')).toBe('42\n')
    const endless = run('for (;;) {}')
    await new Promise((resolve) => setTimeout(resolve, 500))
    await kernel.interrupt()
    expect(await endless).toBe('error')
    await kernel.restart()
    expect(await run("console.log(typeof Reflect.get(globalThis, 'x'))")).toBe('undefined\n')
    const states: string[] = []
    const isBack = new Promise<void>((resolve) => {
      kernel.statusChanged.connect((_, state) => {
        states.push(state)
        if (state === 'idle' && states.includes('autorestarting')) resolve()
      })
    })
    process.kill(server.registry.kernel(kernel.id).pid ?? 0, 'SIGKILL')
    await isBack
    expect(await run('console.log(1)')).toBe('1\n')
    await session.shutdown()
    expect(server.registry.kernels).toHaveLength(0)
    sessions.dispose()
    kernelManager.dispose()
  })
})

test('what a kernel says while nobody listens is given to the next that comes, once; without a sub-protocol it is JSON', async () => {
  const { id } = await server.registry.startKernel()
  const connect = async () => {
    const address = `ws://127.0.0.1:${server.port}/api/kernels/${id}/channels?token=${server.token}`
    const socket = new WebSocket(address)
    const texts: string[] = []
    socket.on('message', (data) => {
      const { content } = JSON.parse(String(data))
      if (typeof content.text === 'string') texts.push(content.text)
    })
    await new Promise((resolve) => socket.once('open', resolve))
    return { socket, texts }
  }
  const first = await connect()
  const code = "await new Promise((done) => setTimeout(done, 700)); console.log('meanwhile')"
  const header = {
    msg_id: 'm1',
    msg_type: 'execute_request',
    session: 's',
    username: '',
    date: '',
    version: '5.3',
  }
  const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false }
  first.socket.send(JSON.stringify({ channel: 'shell', header, parent_header: {}, metadata: {}, content }))
  await new Promise((resolve) => setTimeout(resolve, 200))
  first.socket.close()
  await expect
    .poll(() => server.registry.kernel(id).model, { timeout: 20_000 })
    .toMatchObject({ connections: 0 })
  await expect.poll(() => server.registry.kernel(id).model.execution_state, { timeout: 20_000 }).toBe('idle')
  const second = await connect()
  await expect.poll(() => second.texts.join(''), { timeout: 5000 }).toBe('meanwhile\n')
  const third = await connect()
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(third.texts).toEqual([])
  for (const { socket } of [second, third]) socket.close()
  await server.registry.kernel(id).shutdown()
})
