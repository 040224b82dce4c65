import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { isToken } from './access-rules.js'
import { startTestServer, type TestServer } from './server.fixture.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

const status = async (address: string, options?: RequestInit): Promise<number> =>
  (await server.ask(address, options)).status

/** The path as it stands: `fetch` would resolve `..` itself. */
function rawStatus(pathname: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = { authorization: `token ${server.token}`, ...headers }
    request({ host: '127.0.0.1', port: server.port, path: pathname, headers: all }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

describe('who may ask', () => {
  test('nobody without the token, or with a wrong one', async () => {
    expect((await fetch(`${server.origin}/api/contents`)).status).toBe(403)
    expect((await fetch(`${server.origin}/api/contents?token=${'0'.repeat(48)}`)).status).toBe(403)
    expect(await status('/api/contents', { headers: { authorization: 'token x' } })).toBe(403)
    expect(await status('/api/contents')).toBe(200)
    expect(server.token).toMatch(/^[0-9a-f]{48}$/)
  })

  test.each(['', 'x', '0'.repeat(48), '0'.repeat(10_000), 'ü', undefined])(
    'not with %j, however long',
    (given) => {
      expect(isToken(given, { token: server.token, port: server.port, protocol: 'http' })).toBe(false)
    },
  )

  test('the page takes the token out of its address and keeps it in a cookie of this port', async () => {
    const response = await fetch(`${server.origin}/lab?token=${server.token}&reset`, { redirect: 'manual' })
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe('/lab?reset=')
    const cookie = response.headers.get('set-cookie') ?? ''
    expect(cookie).toContain(`medtune-token-${server.port}=`)
    expect(cookie).toContain('HttpOnly; SameSite=Strict')
    const page = await fetch(`${server.origin}/lab`, { headers: { cookie: cookie.split(';')[0] ?? '' } })
    expect(page.status).toBe(200)
    expect(await page.text()).not.toContain(server.token)
  })

  test('no redirect leads to another host', async () => {
    const response = await fetch(`${server.origin}//lab.example/?token=${server.token}`, {
      redirect: 'manual',
    })
    expect(response.headers.get('location') ?? '/').not.toMatch(/^\/\//)
  })

  test('no other host name, so that a name that is bound anew does not help', async () => {
    expect(await rawStatus('/api/contents', { host: `evil.example:${server.port}` })).toBe(403)
    expect(await rawStatus('/api/contents', { host: `localhost:${server.port}` })).toBe(200)
  })

  test('no other site may write', async () => {
    const options = { method: 'PUT', body: JSON.stringify({ type: 'file', format: 'text', content: '' }) }
    for (const origin of ['http://evil.example', `http://127.0.0.1:${server.port + 1}`, 'null'])
      expect(await status('/api/contents/a.txt', { ...options, headers: { origin } })).toBe(403)
    expect(await status('/api/contents/a.txt', { ...options, headers: { origin: server.origin } })).toBe(201)
  })

  test.each([
    ['another site', { origin: 'http://evil.example' }, true],
    ['no token', {}, false],
  ])('no WebSocket for %s', async (_, headers, isWithToken) => {
    const query = isWithToken ? `?token=${server.token}` : ''
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/api/events/subscribe${query}`, { headers })
    const message = await new Promise((resolve) => socket.once('error', (error) => resolve(error.message)))
    expect(message).toContain('403')
  })
})

describe('what may be reached', () => {
  test.each([
    '../x',
    '%2e%2e/x',
    '..%2fx',
    '%252e%252e%252fx',
    'a%00b',
    '..%5cx',
    '.hidden',
    'a/.git/config',
  ])('nothing at %s', async (address) => {
    expect([400, 404]).toContain(await rawStatus(`/api/contents/${address}`))
    expect([400, 404]).toContain(await rawStatus(`/files/${address}`))
  })

  test('a link out of the folder is neither read nor written nor listed; a link to nothing is not filled', async () => {
    const outside = path.join(server.root, '../outside.txt')
    await writeFile(outside, 'secret')
    await symlink(outside, path.join(server.root, 'link.txt'))
    await symlink(path.dirname(outside), path.join(server.root, 'folder-link'))
    await symlink(path.join(server.root, '../nothing'), path.join(server.root, 'dangling'))
    const save = { method: 'PUT', body: JSON.stringify({ type: 'file', format: 'text', content: 'changed' }) }
    for (const name of ['link.txt', 'folder-link/outside.txt', 'dangling']) {
      expect(await status(`/api/contents/${name}`)).toBe(404)
      expect([403, 404]).toContain(await status(`/api/contents/${name}`, save))
    }
    expect(await readFile(outside, 'utf8')).toBe('secret')
    const listing = (await (await server.ask('/api/contents')).json()) as { content: { name: string }[] }
    expect(listing.content.map(({ name }) => name)).not.toContain('link.txt')
  })

  test('hidden files cannot be written', async () => {
    const body = JSON.stringify({ type: 'file', format: 'text', content: '' })
    expect(await status('/api/contents/.bashrc', { method: 'PUT', body })).toBe(400)
  })

  test('files run nothing, pages only what the server brings', async () => {
    await writeFile(path.join(server.root, 'x.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
    const file = await server.ask('/files/x.svg')
    expect(file.headers.get('content-security-policy')).toContain('sandbox')
    expect(file.headers.get('x-content-type-options')).toBe('nosniff')
    const page = await server.ask('/lab')
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';")
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  })
})

test('a notebook that calls itself trusted is not; one that was run and saved here is', async () => {
  const output = { output_type: 'display_data', data: { 'text/html': '<b>x</b>' }, metadata: {} }
  const cell = { cell_type: 'code', id: 'a', source: '1', execution_count: 1, outputs: [output] }
  const notebook = (isTrusted: boolean) => ({
    ...{ nbformat: 4, nbformat_minor: 5, metadata: {} },
    cells: [{ ...cell, metadata: { trusted: isTrusted } }],
  })
  const trusted = async () => {
    const model = (await (await server.ask('/api/contents/t.ipynb')).json()) as {
      content: { cells: { metadata: { trusted?: boolean } }[] }
    }
    return model.content.cells[0]?.metadata.trusted
  }
  await writeFile(path.join(server.root, 't.ipynb'), JSON.stringify(notebook(true)))
  expect(await trusted()).toBe(false)
  const save = (isTrusted: boolean) =>
    server.ask('/api/contents/t.ipynb', {
      method: 'PUT',
      body: JSON.stringify({ type: 'notebook', format: 'json', content: notebook(isTrusted) }),
    })
  await save(false)
  expect(await trusted()).toBe(false)
  await save(true)
  expect(await trusted()).toBe(true)
})

test('contents follow the API: kinds, names that are taken, checkpoints', async () => {
  const send = (method: string, address: string, body?: object) =>
    server.ask(address, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  await mkdir(path.join(server.root, 'c'))
  expect((await send('POST', '/api/contents/c', { type: 'notebook' })).status).toBe(201)
  expect((await send('POST', '/api/contents/c', { type: 'file', ext: '.ts' })).status).toBe(201)
  expect((await send('PATCH', '/api/contents/c/untitled.ts', { path: 'c/Untitled.ipynb' })).status).toBe(409)
  expect(await status('/api/contents/c?type=notebook')).toBe(400)
  expect((await send('POST', '/api/contents/c/untitled.ts/checkpoints')).status).toBe(201)
  await writeFile(path.join(server.root, 'c/untitled.ts'), 'changed')
  expect((await send('POST', '/api/contents/c/untitled.ts/checkpoints/checkpoint')).status).toBe(204)
  expect(await readFile(path.join(server.root, 'c/untitled.ts'), 'utf8')).toBe('')
  expect((await send('DELETE', '/api/contents/c/untitled.ts/checkpoints/checkpoint')).status).toBe(204)
  expect((await send('DELETE', '/api/contents/c')).status).toBe(204)
  expect((await send('POST', '/api/kernels', { name: 'no-such-kernel' })).status).toBe(501)
})

test('a notebook of 1,000 cells and 50 MB of output is read and saved without a change', async () => {
  const text = Array.from({ length: 500 }, (_, line) => `${line} ${'x'.repeat(95)}\n`)
  const cells = Array.from({ length: 1000 }, (_, index) => ({
    ...{ cell_type: 'code', execution_count: index, id: `c${index}`, metadata: {} },
    ...{ outputs: [{ name: 'stdout', output_type: 'stream', text }], source: [`${index}`] },
  }))
  const file = path.join(server.root, 'large.ipynb')
  const before = `${JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`
  await writeFile(file, before)
  expect(before.length).toBeGreaterThan(50e6)
  const { content } = (await (await server.ask('/api/contents/large.ipynb')).json()) as { content: object }
  const body = JSON.stringify({ type: 'notebook', format: 'json', content })
  expect(await status('/api/contents/large.ipynb', { method: 'PUT', body })).toBe(200)
  expect((await readFile(file, 'utf8')) === before).toBe(true)
})
