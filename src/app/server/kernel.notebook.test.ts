import { existsSync, readFileSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { KernelManager, ServerConnection, SessionManager } from '@jupyterlab/services'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { connectToKernel } from './kernel-connection.fixture.js'
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

test('what a kernel says while nobody listens is given to the next that comes, once', async () => {
  const { id } = await server.registry.startKernel()
  const model = () => server.registry.kernel(id).model
  const first = await connectToKernel(server, id)
  void first
    .execute("await new Promise((done) => setTimeout(done, 700)); console.log('meanwhile')")
    .catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 200))
  first.socket.close()
  await expect.poll(model, { timeout: 20_000 }).toMatchObject({ connections: 0 })
  await expect.poll(() => model().execution_state, { timeout: 20_000 }).toBe('idle')
  const second = await connectToKernel(server, id)
  await expect.poll(() => second.printed, { timeout: 5000 }).toBe('meanwhile\n')
  const third = await connectToKernel(server, id)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(third.printed).toBe('')
  for (const { socket } of [second, third]) socket.close()
  await server.registry.kernel(id).shutdown()
})

test('a kernel that is killed again and again, or while it restarts, answers in the end; what was asked meanwhile is run', async () => {
  const { id } = await server.registry.startKernel()
  const kernel = server.registry.kernel(id)
  const client = await connectToKernel(server, id)
  const states = () => client.messages.flatMap(({ content }) => content.execution_state ?? [])
  process.kill(kernel.pid ?? 0, 'SIGKILL')
  await expect.poll(states, { timeout: 20_000 }).toContain('restarting')
  // Asked of a kernel that is not there yet.
  await client.execute('console.log(1)')
  expect(client.printed).toBe('1\n')
  process.kill(kernel.pid ?? 0, 'SIGKILL')
  await Promise.all([kernel.restart(), client.execute('console.log(2)')])
  await client.execute('console.log(3)')
  expect(client.printed).toMatch(/3\n$/)
  client.socket.close()
  await kernel.shutdown()
})

test("kernels' connection files are for their user alone", async () => {
  const { id } = await server.registry.startKernel()
  const { pid } = server.registry.kernel(id)
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  const file = command.find((argument) => argument.endsWith('connection.json')) ?? ''
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700)
  await server.registry.kernel(id).shutdown()
  expect(existsSync(file)).toBe(false)
})
