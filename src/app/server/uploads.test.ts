import {
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
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

test('a private file stays private, and what a killed server left beside it goes after a while', async () => {
  const at = (name: string) => path.join(server.root, name)
  writeFileSync(at('e.txt'), 'old', { mode: 0o600 })
  for (const name of ['.e.txt.01234567.partial', '.e.txt.89abcdef.partial', '.other.txt.01234567.partial'])
    writeFileSync(at(name), '')
  for (const name of ['.e.txt.01234567.partial', '.other.txt.01234567.partial']) utimesSync(at(name), 1, 1)
  expect((await put('e.txt', { format: 'text', content: 'new' })).status).toBe(200)
  expect(statSync(at('e.txt')).mode & 0o777).toBe(0o600)
  expect(readdirSync(server.root).filter((name) => name.endsWith('.partial'))).toEqual([
    '.e.txt.89abcdef.partial',
    '.other.txt.01234567.partial',
  ])
})

test('a file of any size is downloaded piece by piece; one that is too large to show says so', async () => {
  const large = path.join(server.root, 'large.bin')
  writeFileSync(large, 'begin')
  truncateSync(large, 300 * 2 ** 20)
  const shown = await server.ask('/api/contents/large.bin')
  expect(shown.status).toBe(413)
  expect(((await shown.json()) as { message: string }).message).toContain('This file has 300 MB')
  const file = await server.ask('/files/large.bin?download=1')
  expect(file.headers.get('content-length')).toBe(String(300 * 2 ** 20))
  expect(file.headers.get('content-disposition')).toBe('attachment')
  let length = 0
  for await (const chunk of file.body ?? []) length += chunk.length
  expect(length).toBe(300 * 2 ** 20)
  writeFileSync(path.join(server.root, 'empty.txt'), '')
  expect(await (await server.ask('/files/empty.txt')).text()).toBe('')
})
