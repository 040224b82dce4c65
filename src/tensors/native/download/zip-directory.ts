import { MedtuneError } from '../../../errors.js'
import { type ByteSource, readAll } from './byte-source.js'

export interface ZipMember {
  readonly name: string
  readonly crc32: number
  readonly compressedBytes: number
  readonly sizeBytes: number
  /** 0 stored, 8 deflated. */
  readonly method: number
  /** Where its local header starts. */
  readonly start: number
  /** Where the next member or the directory starts. */
  readonly end: number
}

const endRecordBytes = 22
const longestCommentBytes = 65_535
const endRecordMagic = 0x06054b50
const entryMagic = 0x02014b50
const entryBytes = 46

/**
 * The members of a zip archive below 4 GB, in the order they are stored.
 * @throws MedtuneError SETUP_FAILED when it is none
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function readZipDirectory(source: ByteSource): Promise<ZipMember[]> {
  const tailStart = Math.max(0, source.sizeBytes - endRecordBytes - longestCommentBytes)
  const tail = await readAll(source.read(tailStart, source.sizeBytes))
  const at = tail.lastIndexOf(uint32(endRecordMagic))
  if (at < 0 || at + endRecordBytes > tail.length) throw notAnArchive(source)
  const directoryBytes = tail.readUInt32LE(at + 12)
  const directoryStart = tail.readUInt32LE(at + 16)
  if (directoryStart + directoryBytes > source.sizeBytes) throw notAnArchive(source)

  const directory = await readAll(source.read(directoryStart, directoryStart + directoryBytes))
  const entries = parseEntries(source, directory).sort((a, b) => a.start - b.start)
  return entries.map((entry, index) => ({ ...entry, end: entries[index + 1]?.start ?? directoryStart }))
}

function parseEntries(source: ByteSource, directory: Buffer): Omit<ZipMember, 'end'>[] {
  const entries: Omit<ZipMember, 'end'>[] = []
  for (let at = 0; at < directory.length; ) {
    if (at + entryBytes > directory.length || directory.readUInt32LE(at) !== entryMagic)
      throw notAnArchive(source)
    const nameBytes = directory.readUInt16LE(at + 28)
    const restBytes = directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    entries.push({
      name: directory.toString('utf8', at + entryBytes, at + entryBytes + nameBytes),
      method: directory.readUInt16LE(at + 10),
      crc32: directory.readUInt32LE(at + 16),
      compressedBytes: directory.readUInt32LE(at + 20),
      sizeBytes: directory.readUInt32LE(at + 24),
      start: directory.readUInt32LE(at + 42),
    })
    at += entryBytes + nameBytes + restBytes
  }
  return entries
}

/** Bytes of a member's local header, before its data. */
export function localHeaderBytes(header: Buffer): number {
  return 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function notAnArchive(source: ByteSource): MedtuneError {
  return new MedtuneError(
    'SETUP_FAILED',
    `${source.name} must be a wheel (a zip archive below 4 GB); it is not, or it is cut off. Download it again.`,
  )
}
