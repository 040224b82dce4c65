import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MedtuneError } from '../errors.js'
import { stopIfAborted } from './read-chunks.js'

/** The labelled PubMedQA records, MIT licence. */
export const pubmedQaUrl = 'https://raw.githubusercontent.com/pubmedqa/pubmedqa/master/data/ori_pqal.json'
const pubmedQaSha256 = '8b3276be8942ebbd77f3ddcda12c1749bf0e490045a736fd8438ee40cf37a41d'

export interface FetchOptions {
  /** Where the file goes. */
  readonly file: string
  readonly url?: string
  /** Hexadecimal; the file must have it. */
  readonly sha256?: string
  /** `totalBytes` is 0 where the server does not say. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
  readonly signal?: AbortSignal
  /** Give up on a silent connection after so long. */
  readonly stallMs?: number
  /** Pause before the second attempt; doubles each time. */
  readonly retryMs?: number
}

export interface FetchReport {
  readonly file: string
  readonly sizeBytes: number
  /** The right file was already there; nothing was downloaded. */
  readonly alreadyThere: boolean
  /** Bytes kept from an earlier, broken download. */
  readonly resumedFromBytes: number
}

const attempts = 4

/**
 * Downloads PubMedQA to `file`, which appears only once it is whole and has the right hash. A broken download leaves
 * `file.partial` and goes on from there, in the same call (4 attempts) or the next one.
 *
 * @throws MedtuneError NETWORK (unreachable, HTTP error, wrong bytes), FILE_UNWRITABLE, INTERRUPTED
 */
export async function fetchPubMedQa(options: FetchOptions): Promise<FetchReport> {
  const { file, url = pubmedQaUrl, sha256 = pubmedQaSha256 } = options
  const partial = `${file}.partial`
  let resumedFromBytes = await sizeOf(partial)
  try {
    if ((await sha256Of(file)) === sha256) {
      return { file, sizeBytes: await sizeOf(file), alreadyThere: true, resumedFromBytes: 0 }
    }
    await mkdir(path.dirname(file), { recursive: true })
    const { isRestarted } = await downloadWithRetries(url, partial, options)
    if (isRestarted) resumedFromBytes = 0
    if (resumedFromBytes > 0 && (await sha256Of(partial)) !== sha256) {
      // The rest may have come from another version of the file than the beginning: once more, from the start.
      await rm(partial)
      resumedFromBytes = 0
      await downloadWithRetries(url, partial, options)
    }
    const received = await sha256Of(partial)
    if (received !== sha256) {
      await rm(partial)
      throw new MedtuneError(
        'NETWORK',
        `download from ${url} must have sha256 ${sha256}; got ${received}. ${remedy(file)}`,
      )
    }
    await rename(partial, file)
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause) || cause instanceof MedtuneError) throw cause
    throw new MedtuneError(
      'FILE_UNWRITABLE',
      `cannot read or write ${file}. Check the folder's permissions and free space.`,
      { cause },
    )
  }
  return { file, sizeBytes: await sizeOf(file), alreadyThere: false, resumedFromBytes }
}

/** A failure that another attempt may mend. */
class BrokenConnection extends Error {}

/** What became of the bytes that were there before: `isRestarted` when the server would not go on from them. */
interface Download {
  isRestarted: boolean
}

async function downloadWithRetries(url: string, partial: string, options: FetchOptions): Promise<Download> {
  const { signal, retryMs = 500 } = options
  const download: Download = { isRestarted: false }
  for (let attempt = 1; ; attempt++) {
    stopIfAborted(signal)
    try {
      await downloadOnce(url, partial, options, download)
      return download
    } catch (cause) {
      stopIfAborted(signal)
      if (!(cause instanceof BrokenConnection)) throw cause
      if (attempt === attempts) {
        throw new MedtuneError(
          'NETWORK',
          `cannot download ${url}: ${cause.message}, ${attempts} times. ${remedy(options.file)}`,
          { cause },
        )
      }
      await delay(retryMs * 2 ** (attempt - 1), undefined, signal === undefined ? {} : { signal }).catch(
        () => undefined, // Aborted while waiting: noticed at the top of the loop.
      )
    }
  }
}

async function downloadOnce(
  url: string,
  partial: string,
  options: FetchOptions,
  download: Download,
): Promise<void> {
  const { signal, stallMs = 30_000, onProgress } = options
  const haveBytes = await sizeOf(partial)
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  signal?.addEventListener('abort', abort)
  let stall = setTimeout(abort, stallMs)
  try {
    const response = await request(url, haveBytes, controller.signal)
    if (response.status === 416) return // The partial file already holds everything, or is too long: the hash decides.
    const isPartial = response.status === 206
    if (!isPartial) download.isRestarted = true
    let doneBytes = isPartial ? haveBytes : 0
    const totalBytes = doneBytes + Number(response.headers.get('content-length') ?? -doneBytes)
    const handle = await open(partial, isPartial ? 'a' : 'w')
    try {
      for await (const chunk of bodyOf(response)) {
        clearTimeout(stall)
        stall = setTimeout(abort, stallMs)
        await handle.writeFile(chunk)
        doneBytes += chunk.length
        onProgress?.(doneBytes, totalBytes)
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
  } finally {
    clearTimeout(stall)
    signal?.removeEventListener('abort', abort)
  }
}

async function request(url: string, fromBytes: number, signal: AbortSignal): Promise<Response> {
  let response: Response
  try {
    // `identity`: a compressed answer would make byte ranges mean something else.
    const headers = {
      'accept-encoding': 'identity',
      ...(fromBytes > 0 ? { range: `bytes=${fromBytes}-` } : {}),
    }
    response = await fetch(url, { headers, signal })
  } catch (cause) {
    if (
      cause instanceof TypeError &&
      /Invalid URL|parse URL|unknown scheme/i.test(`${cause.message} ${cause.cause}`)
    ) {
      throw new MedtuneError('INVALID_ARGUMENT', `url must be an http or https address; got ${url}.`, {
        cause,
      })
    }
    throw new BrokenConnection('no connection', { cause })
  }
  if (response.status >= 500 || response.status === 429)
    throw new BrokenConnection(`the server answered ${response.status}`)
  if (!response.ok && response.status !== 416) {
    throw new MedtuneError(
      'NETWORK',
      `cannot download ${url}: the server answered ${response.status}. Check the address (--url).`,
    )
  }
  return response
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  if (response.body === null) return
  try {
    for await (const chunk of response.body) yield chunk
  } catch (cause) {
    throw new BrokenConnection('the connection broke off', { cause })
  }
}

async function sha256Of(file: string): Promise<string | undefined> {
  if ((await sizeOf(file)) === 0) return undefined
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  return hash.digest('hex')
}

async function sizeOf(file: string): Promise<number> {
  const status = await stat(file).catch(() => undefined)
  return status?.isFile() ? status.size : 0
}

function remedy(file: string): string {
  return (
    `Check the connection (a proxy?), name a mirror with --url or MEDTUNE_PUBMEDQA_URL, or put the file at ${file} yourself. ` +
    'Without it, `medtune prepare` uses the sample in data/sample.'
  )
}
