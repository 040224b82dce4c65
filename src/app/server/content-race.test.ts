import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './server.fixture.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

/** Exchanges the folder `swap` for a link to the outside and back, as fast as it can, until it is told to stop. */
const swapper = `
  const { workerData: { root, outside, stop } } = require('node:worker_threads')
  const { renameSync, symlinkSync } = require('node:fs')
  const at = (name) => root + '/' + name
  symlinkSync(outside, at('link'))
  while (Atomics.load(stop, 0) === 0) {
    renameSync(at('swap'), at('real'))
    renameSync(at('link'), at('swap'))
    renameSync(at('swap'), at('link'))
    renameSync(at('real'), at('swap'))
  }`

test('a folder that turns into a link between check and use leads nowhere', async () => {
  const { root } = server
  const outside = path.join(root, '../outside')
  for (const folder of [outside, path.join(root, 'swap')]) mkdirSync(folder)
  writeFileSync(path.join(outside, 'x.txt'), 'secret')
  writeFileSync(path.join(root, 'swap/x.txt'), 'public')
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(swapper, { eval: true, workerData: { root, outside, stop } })
  const failed = new Promise<never>((_, reject) => worker.once('error', reject))
  const save = { method: 'PUT', body: JSON.stringify({ type: 'file', format: 'text', content: 'written' }) }
  const requests: [string, RequestInit][] = [
    ['/files/swap/x.txt', {}],
    ['/api/contents/swap/x.txt', {}],
    ['/api/contents/swap', {}],
    ['/api/contents/swap/new.txt', save],
    ['/api/contents/swap/new.txt', { method: 'DELETE' }],
    ['/api/contents/swap', { method: 'POST', body: '{"type":"directory"}' }],
    ['/api/contents/swap/new.txt', { method: 'PATCH', body: '{"path":"swap/moved.txt"}' }],
    ['/api/contents/swap/x.txt/checkpoints', { method: 'POST' }],
  ]
  const counts = new Map<number, number>()
  const hammer = async () => {
    for (let round = 0; round < 30; round++) {
      const answers = await Promise.all(requests.map(([address, options]) => server.ask(address, options)))
      for (const answer of answers) {
        counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1)
        expect(await answer.text()).not.toContain('secret')
      }
    }
  }
  await Promise.race([hammer(), failed])
  Atomics.store(stop, 0, 1)
  await new Promise((resolve) => worker.once('exit', resolve))
  expect(readdirSync(outside)).toEqual(['x.txt'])
  expect(readFileSync(path.join(outside, 'x.txt'), 'utf8')).toBe('secret')
  // Both states of the folder were met.
  expect(counts.get(200), JSON.stringify([...counts])).toBeGreaterThan(0)
  expect((counts.get(404) ?? 0) + (counts.get(403) ?? 0)).toBeGreaterThan(0)
  const { content } = (await (await server.ask('/api/contents/link')).json()) as { content: unknown }
  expect(content).toBeUndefined()
})
