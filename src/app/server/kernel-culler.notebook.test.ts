import { afterEach, expect, test, vi } from 'vitest'
import { connectToKernel } from './kernel-connection.fixture.js'
import { startCulling } from './kernel-culler.js'
import { startTestServer, type TestServer } from './server.fixture.js'

let server: TestServer | undefined

afterEach(() => server?.close())

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('a kernel that nobody uses is ended, process and document too; one with a page or with work to do is not', async () => {
  server = await startTestServer({ cullIdleSeconds: 2 })
  const { registry } = server
  const session = await registry.openSession({ path: 'a.ipynb' })
  const idle = registry.kernel(session.kernel.id)
  const [watched, working] = await Promise.all([registry.startKernel(), registry.startKernel()])
  const page = await connectToKernel(server, watched.id)
  const worker = await connectToKernel(server, working.id)
  void worker.execute('await new Promise((done) => setTimeout(done, 60_000))').catch(() => {})
  await expect.poll(() => working.isBusy).toBe(true)
  worker.socket.close()
  await expect.poll(() => registry.kernels.map(({ id }) => id), { timeout: 20_000 }).not.toContain(idle.id)
  await pause(3000)
  expect(registry.kernels.map(({ id }) => id).sort()).toEqual([watched.id, working.id].sort())
  expect(registry.sessions).toEqual([])
  expect(() => process.kill(idle.pid ?? 0, 0)).toThrow('ESRCH')
  page.socket.close()
  await expect.poll(() => registry.kernels.map(({ id }) => id), { timeout: 20_000 }).toEqual([working.id])
})

test('unless told otherwise, an hour, and a kernel of a document never; 0 is never', () => {
  const ended: string[] = []
  const kernel = (id: string, minutes: number) => {
    const shutdown = async () => void ended.push(id)
    return { id, connections: 0, isBusy: false, idleMs: minutes * 60_000, shutdown }
  }
  const ofDocument = kernel('of a document', 600)
  const kernels = [kernel('orphan', 61), kernel('young orphan', 59), ofDocument]
  const registry = { kernels, hasSession: (one: object) => one === ofDocument }
  vi.useFakeTimers()
  const stops = [startCulling(registry, undefined), startCulling(registry, 0)]
  vi.advanceTimersByTime(31_000)
  for (const stop of stops) stop()
  vi.useRealTimers()
  expect(ended).toEqual(['orphan'])
})
