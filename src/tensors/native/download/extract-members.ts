import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib'
import { MedtuneError } from '../../../errors.js'
import { type ByteSource, networkError, readAll } from './byte-source.js'
import { localHeaderBytes, type ZipMember } from './zip-directory.js'

export interface ExtractOptions {
  readonly source: ByteSource
  readonly members: readonly ZipMember[]
  /** Files that are in it already, with the right size, are left alone: that is how an interrupted run goes on. */
  readonly folder: string
  readonly signal?: AbortSignal
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
}

/** Members from this size on travel alone, into a file that a later run can go on with. */
const largeBytes = 4 << 20
/** Smaller members are read together when no more than this lies between them. */
const gapBytes = 1 << 18
const attempts = 5

/** Writes the members under `folder` by their names, each checked by size and CRC. */
export async function extractMembers(options: ExtractOptions): Promise<void> {
  const { members, folder } = options
  const missing = members.filter((member) => {
    const file = path.join(folder, member.name)
    return !(existsSync(file) && statSync(file).size === member.sizeBytes)
  })
  const small = missing.filter((member) => member.compressedBytes < largeBytes)
  const large = missing.filter((member) => member.compressedBytes >= largeBytes)
  const spans = joinSpans(small)
  const total = [...spans, ...large].reduce((sum, { start, end }) => sum + end - start, 0)
  let done = 0
  const onBytes = (count: number): void => {
    done += count
    options.onProgress?.(done, total)
  }
  for (const span of spans) await extractSpan(options, span, onBytes)
  for (const member of large) await extractLarge(options, member, onBytes)
}

interface Span {
  readonly start: number
  readonly end: number
  readonly members: readonly ZipMember[]
}

function joinSpans(members: readonly ZipMember[]): Span[] {
  const spans: Span[] = []
  for (const member of members) {
    const last = spans.at(-1)
    if (last !== undefined && member.start - last.end <= gapBytes) {
      spans[spans.length - 1] = { ...last, end: member.end, members: [...last.members, member] }
    } else {
      spans.push({ start: member.start, end: member.end, members: [member] })
    }
  }
  return spans
}

async function extractSpan(
  { source, folder, signal }: ExtractOptions,
  span: Span,
  onBytes: (count: number) => void,
): Promise<void> {
  const bytes = await withRetries(source, signal, () => readAll(source.read(span.start, span.end)))
  onBytes(bytes.length)
  for (const member of span.members) {
    const content = unpackSmall(source, member, bytes.subarray(member.start - span.start))
    putInPlace(path.join(folder, member.name), (temporary) => writeFileSync(temporary, content))
  }
}

/** @param bytes from the member's local header on */
function unpackSmall(source: ByteSource, member: ZipMember, bytes: Buffer): Buffer {
  try {
    const start = localHeaderBytes(bytes)
    const data = bytes.subarray(start, start + member.compressedBytes)
    const content = member.method === 0 ? data : inflateRawSync(data)
    requireContent(source, member, content.length, crc32(content))
    return content
  } catch (error) {
    throw damagedError(source, member, error)
  }
}

async function extractLarge(
  options: ExtractOptions,
  member: ZipMember,
  onBytes: (count: number) => void,
): Promise<void> {
  const { source, folder, signal } = options
  const file = path.join(folder, member.name)
  const part = `${file}.part`
  mkdirSync(path.dirname(file), { recursive: true })
  onBytes(partBytes(part))
  await withRetries(source, signal, async () => {
    const reached = member.start + partBytes(part)
    const counted = countBytes(source.read(reached, member.end), onBytes)
    await pipeline(counted, createWriteStream(part, { flags: 'a' }), ...pipelineSignal(signal))
    if (partBytes(part) !== member.end - member.start) throw new Error('the connection ended early')
  })
  await unpackPart(options, member, part)
}

/** Turns the downloaded bytes of a member into its file; damaged ones are removed, so that the next run fetches them again. */
async function unpackPart(
  { source, folder, signal }: ExtractOptions,
  member: ZipMember,
  part: string,
): Promise<void> {
  const file = path.join(folder, member.name)
  const temporary = `${file}.unpacked`
  const header = await readAll(createReadStream(part, { end: 29 }))
  const start = localHeaderBytes(header)
  const data = createReadStream(part, { start, end: start + member.compressedBytes - 1 })
  const check = new ContentCheck()
  const target = createWriteStream(temporary)
  try {
    if (member.method === 0) await pipeline(data, check, target, ...pipelineSignal(signal))
    else await pipeline(data, createInflateRaw(), check, target, ...pipelineSignal(signal))
    requireContent(source, member, check.sizeBytes, check.crc)
  } catch (error) {
    rmSync(temporary, { force: true })
    signal?.throwIfAborted()
    if (isDiskError(error)) throw error
    rmSync(part, { force: true })
    throw damagedError(source, member, error)
  }
  renameSync(temporary, file)
  rmSync(part)
}

async function* countBytes(
  parts: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    onBytes(part.length)
    yield part
  }
}

/** Passes bytes on and keeps their count and CRC. */
class ContentCheck extends Transform {
  sizeBytes = 0
  crc = 0

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.sizeBytes += chunk.length
    this.crc = crc32(chunk, this.crc)
    done(null, chunk)
  }
}

function pipelineSignal(signal: AbortSignal | undefined): { signal: AbortSignal }[] {
  return signal === undefined ? [] : [{ signal }]
}

function partBytes(part: string): number {
  return existsSync(part) ? statSync(part).size : 0
}

/** A connection that breaks is tried again, with a longer pause each time; a full disk or an abort is not. */
async function withRetries<Result>(
  source: ByteSource,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      if (isDiskError(error)) throw error
      if (attempt === attempts) {
        throw networkError(source.name, error instanceof Error ? error.message : String(error), error)
      }
      await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt))
    }
  }
}

function isDiskError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EACCES' || code === 'EROFS'
}

function requireContent(source: ByteSource, member: ZipMember, sizeBytes: number, crc: number): void {
  if (sizeBytes !== member.sizeBytes || crc !== member.crc32) throw damagedError(source, member)
}

function damagedError(source: ByteSource, member: ZipMember, cause?: unknown): MedtuneError {
  return new MedtuneError(
    'NETWORK',
    `${member.name} of ${source.name} must unpack to ${member.sizeBytes} bytes with CRC ${member.crc32}; it does not. ` +
      'Run the command again; a wheel on the disk must be downloaded again.',
    { cause },
  )
}

function putInPlace(file: string, write: (temporary: string) => void): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const temporary = `${file}.unpacked`
  write(temporary)
  renameSync(temporary, file)
}
