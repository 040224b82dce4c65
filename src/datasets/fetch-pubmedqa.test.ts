import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { temporaryFolder } from './datasets.fixture.js'
import { type FetchReport, fetchPubMedQa } from './fetch-pubmedqa.js'

const root = temporaryFolder()
const content = randomBytes(300_000)
const sha256 = createHash('sha256').update(content).digest('hex')

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number) => void

async function serve(answer: Answer): Promise<string> {
  let attempt = 0
  server = createServer((request, response) => answer(request, response, ++attempt))
  const listening = server
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/ori_pqal.json`
}

/** Serves the content, from the asked byte on, and cuts the connection after `cutAfter` bytes. */
function send(request: IncomingMessage, response: ServerResponse, cutAfter = Number.POSITIVE_INFINITY): void {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
  if (from >= content.length) {
    response.writeHead(416).end()
    return
  }
  const part = content.subarray(from)
  const headers = {
    'content-length': part.length,
    'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
  }
  response.writeHead(from > 0 ? 206 : 200, headers)
  if (cutAfter >= part.length) response.end(part)
  else response.write(part.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 20))
}

function freshFile(): string {
  return path.join(mkdtempSync(path.join(root, 'fetch-')), 'data/ori_pqal.json')
}

function download(url: string, file: string): Promise<FetchReport> {
  return fetchPubMedQa({ url, file, sha256, retryMs: 1, stallMs: 200 })
}

test('a download, with progress; the second call does not download again', async () => {
  let requests = 0
  const url = await serve((request, response) => {
    requests++
    send(request, response)
  })
  const file = freshFile()
  const progress: [number, number][] = []
  const report = await fetchPubMedQa({
    url,
    file,
    sha256,
    onProgress: (...figures) => progress.push(figures),
  })
  expect(report).toEqual({ file, sizeBytes: content.length, alreadyThere: false, resumedFromBytes: 0 })
  expect(readFileSync(file).equals(content)).toBe(true)
  expect(progress.at(-1)).toEqual([content.length, content.length])
  expect(existsSync(`${file}.partial`)).toBe(false)
  expect((await download(url, file)).alreadyThere).toBe(true)
  expect(requests).toBe(1)
})

test('a connection that is cut twice goes on where it stopped', async () => {
  const starts: (string | undefined)[] = []
  const url = await serve((request, response, attempt) => {
    starts.push(request.headers.range)
    send(request, response, attempt <= 2 ? 100_000 : undefined)
  })
  const file = freshFile()
  await download(url, file)
  expect(readFileSync(file).equals(content)).toBe(true)
  expect(starts).toEqual([undefined, 'bytes=100000-', 'bytes=200000-'])
})

test('a server without ranges starts again from the beginning', async () => {
  const url = await serve((request, response, attempt) => {
    delete request.headers.range
    send(request, response, attempt === 1 ? 100_000 : undefined)
  })
  const file = freshFile()
  await download(url, file)
  expect(readFileSync(file).equals(content)).toBe(true)
  writeFileSync(`${file}.partial`, content.subarray(0, 1000))
  writeFileSync(file, '')
  expect((await download(url, file)).resumedFromBytes).toBe(0)
})

test('a partial file of another version is thrown away', async () => {
  const url = await serve((request, response) => send(request, response))
  const file = freshFile()
  await download(url, file)
  for (const rest of [randomBytes(1000), randomBytes(content.length), randomBytes(content.length + 5)]) {
    writeFileSync(file, 'damaged')
    writeFileSync(`${file}.partial`, rest)
    await download(url, file)
    expect(readFileSync(file).equals(content)).toBe(true)
  }
})

test('a partial file that is already whole is only checked', async () => {
  const url = await serve((request, response) => send(request, response))
  const file = freshFile()
  await download(url, file)
  writeFileSync(`${file}.partial`, content)
  writeFileSync(file, '')
  expect((await download(url, file)).resumedFromBytes).toBe(content.length)
  expect(readFileSync(file).equals(content)).toBe(true)
})

test.each<[string, Answer, RegExp]>([
  ['wrong bytes', (_, response) => response.end('something else'), /must have sha256/],
  ['nothing', (_, response) => response.end(), /must have sha256/],
  ['404', (_, response) => response.writeHead(404).end(), /answered 404/],
  ['500 every time', (_, response) => response.writeHead(500).end(), /answered 500, 4 times/],
  ['silence', () => {}, /no connection, 4 times/],
  ['a connection that always breaks', (_, response) => response.destroy(), /4 times/],
  [
    'silence in the middle',
    (request, response) => void (request.headers.range ?? response.writeHead(200).write('x')),
    /4 times/,
  ],
])('%s gives NETWORK, what to do, and no file', async (_, answer, message) => {
  const url = await serve(answer)
  const file = freshFile()
  await expect(download(url, file)).rejects.toThrow(
    expect.objectContaining({ code: 'NETWORK', message: expect.stringMatching(message) }),
  )
  await expect(download(url, file)).rejects.toThrow(/--url/)
  expect(existsSync(file)).toBe(false)
})

test('500 once is tried again', async () => {
  const url = await serve((request, response, attempt) =>
    attempt === 1 ? void response.writeHead(503).end() : send(request, response),
  )
  expect((await download(url, freshFile())).sizeBytes).toBe(content.length)
})

test('offline: NETWORK, and what to do without the file', async () => {
  await expect(download('http://127.0.0.1:1/x', freshFile())).rejects.toThrow(
    expect.objectContaining({
      code: 'NETWORK',
      message: expect.stringMatching(/MEDTUNE_PUBMEDQA_URL.*data\/sample/s),
    }),
  )
})

test.each([['no address'], ['ftp://example.org/x'], ['']])(
  'the url %j is an INVALID_ARGUMENT',
  async (url) => {
    await expect(download(url, freshFile())).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  },
)

test('an aborted download is INTERRUPTED and can go on later', async () => {
  const url = await serve((request, response, attempt) =>
    send(request, response, attempt === 1 ? 100_000 : undefined),
  )
  const file = freshFile()
  const controller = new AbortController()
  const onProgress = (): void => controller.abort()
  const interrupted = fetchPubMedQa({ url, file, sha256, signal: controller.signal, onProgress })
  await expect(interrupted).rejects.toMatchObject({ code: 'INTERRUPTED' })
  expect(existsSync(file)).toBe(false)
  expect((await download(url, file)).resumedFromBytes).toBeGreaterThan(0)
})

test('an abort is noticed before the first request and while waiting for the next attempt', async () => {
  const url = await serve((_, response) => response.writeHead(503).end())
  const aborted = { url, file: freshFile(), sha256, signal: AbortSignal.abort() }
  await expect(fetchPubMedQa(aborted)).rejects.toMatchObject({ code: 'INTERRUPTED' })
  const waiting = { url, file: freshFile(), sha256, retryMs: 3_600_000, signal: AbortSignal.timeout(50) }
  await expect(fetchPubMedQa(waiting)).rejects.toMatchObject({ code: 'INTERRUPTED' })
})

test('a place that cannot be written gives FILE_UNWRITABLE', async () => {
  const url = await serve((request, response) => send(request, response))
  const file = freshFile()
  await download(url, file)
  await expect(download(url, `${file}/below/x.json`)).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
})
