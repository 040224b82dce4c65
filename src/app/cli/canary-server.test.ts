import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../server/server.fixture.js'
import { expectNoCanary, planted } from './canary.fixture.js'

let server: TestServer
let logged = ''
const notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {},
  cells: [{ cell_type: 'markdown', id: 'a', metadata: {}, source: planted }],
}

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      logged += String(text)
      return true
    })
  for (const name of ['log', 'warn', 'error', 'info', 'debug'] as const)
    vi.spyOn(console, name).mockImplementation((...parts) => {
      logged += parts.map(String).join(' ')
    })
  server = await startTestServer()
})

afterAll(async () => {
  vi.restoreAllMocks()
  await server.close()
})

const json = (value: unknown): string => JSON.stringify(value)

test('a notebook with identifiers is kept, and refused requests about it say nothing of it', async () => {
  const saved = await server.ask('/api/contents/a.ipynb', {
    method: 'PUT',
    body: json({ type: 'notebook', format: 'json', content: notebook }),
  })
  expect(saved.status).toBeLessThan(300)
  const requests: [string, RequestInit][] = [
    ['/api/contents/a.ipynb', { method: 'PUT', body: `{"type": "notebook", "content": "${planted}` }],
    ['/api/contents/a.ipynb', { method: 'PUT', body: json({ type: planted, content: planted }) }],
    ['/api/contents/a.ipynb', { method: 'PUT', body: json({ type: 'notebook', content: planted }) }],
    [
      '/api/contents/a.ipynb',
      { method: 'PUT', body: json({ type: 'notebook', content: { cells: planted } }) },
    ],
    [
      '/api/contents/none/b.txt',
      { method: 'PUT', body: json({ type: 'file', format: 'text', content: planted }) },
    ],
    [
      '/api/contents/b.bin',
      { method: 'PUT', body: json({ type: 'file', format: planted, content: planted }) },
    ],
    ['/api/contents/a.ipynb', { method: 'PATCH', body: json({ path: `../${planted}` }) }],
    ['/api/contents/a.ipynb', { method: 'POST', body: planted }],
    ['/api/contents/a.ipynb/checkpoints/none', { method: 'POST', body: planted }],
    ['/api/sessions', { method: 'POST', body: json({ path: 'a.ipynb', kernel: { name: 'none' } }) }],
    ['/api/kernels', { method: 'POST', body: planted }],
    ['/api/none', { method: 'POST', body: planted }],
  ]
  for (const [address, options] of requests) {
    const answer = await server.ask(address, options)
    const text = await answer.text()
    if (answer.status >= 400) expectNoCanary(text)
  }
  expectNoCanary(logged)
  const kept = await server.ask('/api/contents/a.ipynb')
  expect(await kept.text()).toContain('Zanetti')
  await server.ask('/api/contents/a.ipynb', { method: 'DELETE' })
  expectNoCanary(logged)
})
