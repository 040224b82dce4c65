import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from './server.fixture.js'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

function put(name: string, fields: object): Promise<Response> {
  return server.ask(`/api/contents/${name}`, {
    method: 'PUT',
    body: JSON.stringify({ type: 'file', ...fields }),
  })
}

const part = (name: string, chunk: number, content: string) =>
  put(name, { format: 'base64', chunk, content: Buffer.from(content).toString('base64') })

test('a request that is too large is refused before it is read, with the limit and what to do', async () => {
  const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const headers = { authorization: `token ${server.token}`, 'content-length': 300 * 2 ** 20 }
    const options = {
      host: '127.0.0.1',
      port: server.port,
      path: '/api/contents/big',
      method: 'PUT',
      headers,
    }
    const sent = request(options, async (response) => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve({ status: response.statusCode, text })
    })
    sent.on('error', reject).write('{')
  })
  expect(answer.status).toBe(413)
  expect(JSON.parse(answer.text).message).toBe('One request may bring 256 MB; upload the file in parts.')
})

test('parts become one file when the last is there, and the file changes at once', async () => {
  writeFileSync(path.join(server.root, 'a.txt'), 'old')
  const text = () => readFileSync(path.join(server.root, 'a.txt'), 'utf8')
  expect((await part('a.txt', 1, 'one ')).status).toBe(200)
  expect((await part('a.txt', 2, 'two ')).status).toBe(200)
  expect(text()).toBe('old')
  const listing = (await (await server.ask('/api/contents')).json()) as { content: { name: string }[] }
  expect(listing.content.map(({ name }) => name)).toEqual(['a.txt'])
  expect((await part('a.txt', -1, 'three')).status).toBe(200)
  expect(text()).toBe('one two three')
  expect(readdirSync(server.root)).toEqual(['a.txt'])
})

test.each([
  ['without a first part', [2]],
  ['that is over', [-1]],
  ['with a part left out', [1, 3]],
  ['with a part that comes twice', [1, 2, 2]],
])('an upload %s is refused and changes nothing', async (_, chunks) => {
  const answers: number[] = []
  for (const chunk of chunks) answers.push((await part('b.txt', chunk, 'x')).status)
  expect(answers.at(-1)).toBe(400)
  expect((await server.ask('/api/contents/b.txt')).status).toBe(404)
})

test('a link in the place of the gathering file is not written through', async () => {
  const outside = path.join(server.root, '../outside-upload.txt')
  writeFileSync(outside, 'secret')
  await part('c.txt', 1, 'one')
  const gathering = path.join(server.root, '.c.txt.upload')
  const { rmSync } = await import('node:fs')
  rmSync(gathering)
  symlinkSync(outside, gathering)
  expect((await part('c.txt', 2, 'two')).status).toBe(403)
  expect(readFileSync(outside, 'utf8')).toBe('secret')
})

test('what is no file is told apart', async () => {
  expect((await put('d.txt', { format: 'text', content: 7 })).status).toBe(400)
  expect((await put('d.txt', { type: 'device', content: '' })).status).toBe(400)
  expect((await put('d.ipynb', { type: 'notebook', content: { cells: 'no' } })).status).toBe(400)
  expect((await server.ask('/api/contents/d.txt', { method: 'PUT', body: '{"type":' })).status).toBe(400)
  expect((await put('none/d.txt', { format: 'text', content: '' })).status).toBe(404)
})
