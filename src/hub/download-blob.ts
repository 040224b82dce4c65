import { createHash, type Hash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { withLock } from './download-lock.js'
import type { RepoFolders } from './hub-cache.js'
import { BrokenConnection } from './hub-errors.js'
import { PatientRequest, requestOnce, withRetries } from './hub-fetch.js'
import type { HubSession } from './hub-session.js'
import type { RemoteFile } from './list-repo.js'

/** Bytes of a file that is wanted, in terms of the hash that names it. */
interface Download {
  readonly session: HubSession
  readonly file: RemoteFile
  readonly url: string
  readonly partial: string
  readonly onBytes: (added: number) => void
}

/** A partial file, its hash so far, and how long it is. */
interface Received {
  readonly handle: FileHandle
  hash: Hash
  sizeBytes: number
}

/**
 * Brings one file into the cache's `blobs/`, where it appears once it is whole and its hash is right. An earlier, broken
 * download (`<etag>.medtune.incomplete`) is continued.
 *
 * @param onBytes told how many bytes more (or fewer, when it starts again) there are
 * @throws NETWORK, INTERRUPTED, as `requestOnce`; file system errors as they are
 */
export async function downloadBlob(
  session: HubSession,
  folders: RepoFolders,
  commit: string,
  file: RemoteFile,
  onBytes: (added: number) => void,
): Promise<void> {
  const blob = path.join(folders.blobs, file.etag)
  const { settings, repo } = session
  const url = `${settings.endpoint}/${repo.id}/resolve/${commit}/${encodeURIComponent(file.name)}`
  await mkdir(folders.blobs, { recursive: true })
  await withLock(session, path.join(folders.locks, `${file.etag}.medtune.lock`), async () => {
    if (existsSync(blob)) {
      onBytes(file.sizeBytes) // Another process brought it while this one waited.
      return
    }
    const partial = `${blob}.medtune.incomplete`
    const download = { session, file, url, partial, onBytes }
    if (!(await downloadAndCheck(download)) && !(await downloadAndCheck(download))) throw wrongBytes(download)
    await rename(partial, blob)
  })
}

/** @returns false, with the partial file gone, when the bytes are not those that the hash stands for */
async function downloadAndCheck(download: Download): Promise<boolean> {
  const { session, file, partial, onBytes } = download
  const handle = await open(partial, existsSync(partial) ? 'r+' : 'wx+')
  const received: Received = { handle, hash: startHash(file), sizeBytes: 0 }
  let isRight = false
  try {
    await readEarlierPart(download, received)
    await withRetries(
      session,
      () => continueDownload(download, received),
      () => received.sizeBytes,
    )
    isRight = received.hash.digest('hex') === file.etag
    // A busy disk takes its time: only what will be kept is worth waiting for.
    if (isRight) await handle.sync()
  } finally {
    await handle.close()
  }
  if (isRight) return true
  onBytes(-received.sizeBytes)
  await rm(partial)
  return false
}

/** Hash of the content alone for a large file; git's, with a header of the size, for others. */
function startHash({ etag, sizeBytes }: RemoteFile): Hash {
  return etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${sizeBytes}\0`)
}

async function readEarlierPart({ file, partial, onBytes }: Download, received: Received): Promise<void> {
  const { size } = await stat(partial)
  if (size > file.sizeBytes) {
    await received.handle.truncate(0)
    return
  }
  if (size === 0) return
  for await (const chunk of createReadStream(partial)) received.hash.update(chunk)
  received.sizeBytes = size
  onBytes(size)
}

/** One connection: from where the partial file ends to the end, or to where it breaks. */
async function continueDownload(download: Download, received: Received): Promise<void> {
  const { session, file, url } = download
  if (received.sizeBytes === file.sizeBytes) return
  const request = new PatientRequest(session)
  try {
    const from = received.sizeBytes
    const response = await requestOnce(session, url, request, {
      // A compressed answer would make byte ranges mean something else.
      'accept-encoding': 'identity',
      ...(from > 0 ? { range: `bytes=${from}-` } : {}),
    })
    if (!continuesAt(response, from)) await startAgain(download, received)
    if (response.status === 416) throw new BrokenConnection('the server would not send the rest of the file')
    for await (const chunk of bodyOf(response, request)) {
      await append(download, received, chunk)
      if (received.sizeBytes > file.sizeBytes) break
    }
    if (received.sizeBytes < file.sizeBytes) throw new BrokenConnection('the connection broke off')
  } finally {
    request.close()
  }
}

function continuesAt(response: Response, from: number): boolean {
  if (from === 0) return response.status === 200
  return (
    response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${from}-`) === true
  )
}

async function startAgain({ file, onBytes }: Download, received: Received): Promise<void> {
  await received.handle.truncate(0)
  onBytes(-received.sizeBytes)
  received.sizeBytes = 0
  received.hash = startHash(file)
}

async function append({ file, onBytes }: Download, received: Received, chunk: Uint8Array): Promise<void> {
  const { handle, hash } = received
  // More than was announced: not this file. The hash then says so without filling the disk.
  const bytes = chunk.subarray(0, file.sizeBytes + 1 - received.sizeBytes)
  let written = 0
  while (written < bytes.length) {
    const rest = bytes.length - written
    written += (await handle.write(bytes, written, rest, received.sizeBytes + written)).bytesWritten
  }
  hash.update(bytes)
  received.sizeBytes += bytes.length
  onBytes(bytes.length)
}

async function* bodyOf(response: Response, request: PatientRequest): AsyncGenerator<Uint8Array> {
  if (response.body === null) return
  try {
    for await (const chunk of response.body) {
      request.alive()
      yield chunk
    }
  } catch (cause) {
    throw new BrokenConnection('the connection broke off', undefined, { cause })
  }
}

function wrongBytes({ session, file }: Download): MedtuneError {
  const { settings, repo } = session
  return new MedtuneError(
    'NETWORK',
    `${file.name} of ${repo.id} must have the hash ${file.etag}; what ${settings.endpoint} sends has another, twice.` +
      ' Nothing of it was kept. A proxy or mirror may have an old copy: try again later, or set HF_ENDPOINT.',
  )
}
