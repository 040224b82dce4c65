import { existsSync, readdirSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../../datasets/datasets.fixture.js'
import { connectToKernel } from './kernel-connection.fixture.js'
import { type ServerProcess, startServerProcess } from './server-process.fixture.js'

let server: ServerProcess
let id: string

beforeAll(async () => {
  server = await startServerProcess({ folder: temporaryFolder() })
  id = ((await (await server.ask('/api/kernels', { method: 'POST' })).json()) as { id: string }).id
})

afterAll(() => server.kill())

const lines = 20_000
const lineBytes = 10_000
const burst = `for (let i = 0; i < ${lines}; i++) console.log(String(i).padEnd(${lineBytes}, '.'))`

/** The numbers of the lines. */
function numbers(printed: string): number[] {
  return printed
    .split('\n')
    .slice(0, -1)
    .map((line) => Number.parseInt(line, 10))
}

const allNumbers = Array.from({ length: lines }, (_, index) => index)

test('200 MB for a client that does not read wait in the kernel, and arrive complete when it does', async () => {
  const client = await connectToKernel(server, id)
  await client.execute('1')
  const before = server.residentBytes()
  const done = client.execute(burst)
  client.socket.pause()
  let most = 0
  for (let i = 0; i < 20; i++) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    most = Math.max(most, server.residentBytes())
  }
  expect((most - before) / 1e6).toBeLessThan(100)
  client.socket.resume()
  await done
  expect(numbers(client.printed)).toEqual(allNumbers)
  client.socket.close()
})

test('a client that goes away in the middle, and comes back, misses nothing that had not left the machine', async () => {
  const before = await connectToKernel(server, id, 'same')
  const code = `for (let i = 0; i < 300; i++) { console.log(i); await new Promise((done) => setTimeout(done, 5)) }`
  void before.execute(code).catch(() => {})
  await expect.poll(() => numbers(before.printed).length).toBeGreaterThan(20)
  before.socket.close()
  await new Promise((resolve) => before.socket.once('close', resolve))
  await new Promise((resolve) => setTimeout(resolve, 500))
  const after = await connectToKernel(server, id, 'same')
  const all = () => numbers(before.printed + after.printed)
  await expect.poll(() => all().length, { timeout: 20_000 }).toBe(300)
  expect(all()).toEqual(allNumbers.slice(0, 300))
  // The reply to what the first connection asked is the second one's: both are the same client.
  await expect.poll(() => after.messages.map(({ header }) => header.msg_type)).toContain('execute_reply')
  after.socket.close()
})

test('a server that is killed takes its kernels along, and the next one removes their connection files', async () => {
  const folder = temporaryFolder()
  const doomed = await startServerProcess({ folder, env: { TMPDIR: folder } })
  const { id: kernelId } = (await (await doomed.ask('/api/kernels', { method: 'POST' })).json()) as {
    id: string
  }
  const client = await connectToKernel(doomed, kernelId)
  await client.execute('console.log(process.pid)')
  const pid = Number(client.printed)
  expect(pid).toBeGreaterThan(0)
  await doomed.kill('SIGKILL')
  await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 30_000 }).toBe(false)
  const kernelFolders = () => readdirSync(folder).filter((name) => name.startsWith('medtune-kernel-'))
  const [kernelFolder = ''] = kernelFolders()
  const file = path.join(folder, kernelFolder, 'connection.json')
  // It might be of a kernel that starts: that takes at most some minutes.
  await (await startServerProcess({ folder, env: { TMPDIR: folder } })).kill()
  expect(existsSync(file)).toBe(true)
  utimesSync(file, 1, 1)
  const next = await startServerProcess({ folder, env: { TMPDIR: folder } })
  expect(kernelFolders()).toEqual([])
  await next.kill()
})
