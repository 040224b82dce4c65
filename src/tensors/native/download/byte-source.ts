import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { MedtuneError } from '../../../errors.js'

/** Bytes that can be read in part: a local file, or one on a server that answers range requests. */
export interface ByteSource {
  /** For messages: a path or an address without credentials. */
  readonly name: string
  readonly sizeBytes: number
  /** @param end first byte not wanted */
  read(start: number, end: number): AsyncIterable<Uint8Array>
}

export async function openFileBytes(file: string): Promise<ByteSource> {
  const { size } = await stat(file)
  return {
    name: file,
    sizeBytes: size,
    read: (start, end) => (end > start ? createReadStream(file, { start, end: end - 1 }) : noBytes()),
  }
}

/** @throws MedtuneError NETWORK when the server does not answer, or not with a part */
export async function openHttpBytes(address: string, signal?: AbortSignal): Promise<ByteSource> {
  const { url, headers } = splitCredentials(address)
  const request = async (range: string): Promise<{ body: AsyncIterable<Uint8Array>; range: string }> => {
    const response = await fetchOrThrow(url, { ...headers, range }, signal)
    const contentRange = response.headers.get('content-range')
    if (response.status !== 206 || response.body === null || contentRange === null) {
      await response.body?.cancel()
      throw networkError(url, `it answered a range request with status ${response.status}`)
    }
    return { body: response.body as unknown as AsyncIterable<Uint8Array>, range: contentRange }
  }
  const probe = await request('bytes=0-0')
  await readAll(probe.body)
  const sizeBytes = Number(/\/(\d+)$/.exec(probe.range)?.[1])
  if (!Number.isSafeInteger(sizeBytes)) throw networkError(url, 'it does not tell the size of the file')
  return {
    name: url,
    sizeBytes,
    read: (start, end) => readRange(request, start, end),
  }
}

async function* readRange(
  request: (range: string) => Promise<{ body: AsyncIterable<Uint8Array> }>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  if (end <= start) return
  const { body } = await request(`bytes=${start}-${end - 1}`)
  for await (const part of body) yield part
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}

export async function readAll(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of parts) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** As `fetch`, with a failure to connect told as NETWORK. @param url without credentials */
export async function fetchOrThrow(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Response> {
  try {
    return await fetch(url, signal === undefined ? { headers } : { headers, signal })
  } catch (error) {
    signal?.throwIfAborted()
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw networkError(url, cause instanceof Error ? cause.message : String(cause), error)
  }
}

/** `https://user:secret@host/` as an address that `fetch` takes and the header that carries the rest. */
export function splitCredentials(address: string): { url: string; headers: Record<string, string> } {
  const url = new URL(address)
  const { username, password } = url
  if (username === '' && password === '') return { url: url.href, headers: {} }
  url.username = ''
  url.password = ''
  const secret = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { url: url.href, headers: { authorization: `Basic ${Buffer.from(secret).toString('base64')}` } }
}

export function networkError(url: string, problem: string, cause?: unknown): MedtuneError {
  return new MedtuneError(
    'NETWORK',
    `${url} must be reachable to download TensorFlow; ${problem}. Check the connection, name a mirror in PIP_INDEX_URL, ` +
      'or install it with Python: pip install tensorflow-cpu',
    { cause },
  )
}
