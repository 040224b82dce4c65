import { MedtuneError } from '../errors.js'
import { bytesPerElement, elementCount, isStorageDtype, type StorageDtype } from './dtype.js'

/** The file starts with the header's length as a little-endian unsigned 64-bit number. */
export const lengthPrefixBytes = 8
/** Longest header that any reader of the format accepts. */
export const maxHeaderBytes = 100_000_000
/** Most dimensions of one tensor; real ones have at most 5. */
const maxRank = 16

/** Where one tensor lies and how to read it. `begin` and `end` count bytes from the end of the header. */
export interface TensorInfo {
  readonly dtype: StorageDtype
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

export interface SafetensorsHeader {
  /** In the order of the file's bytes. */
  readonly tensors: ReadonlyMap<string, TensorInfo>
  readonly metadata: Readonly<Record<string, string>>
}

/** An error of one file: subject, what is wrong, what to do. */
export function safetensorsError(file: string, problem: string, cause?: unknown): MedtuneError {
  const remedy = 'The file is damaged or incomplete: download or save it again.'
  return new MedtuneError('INVALID_SAFETENSORS', `${file}: ${problem}. ${remedy}`, { cause })
}

/**
 * Length of the header in bytes, from the first eight bytes of a file.
 *
 * @throws INVALID_SAFETENSORS when no header of that length can be in the file
 */
export function parseHeaderLength(file: string, prefix: Uint8Array, fileBytes: number): number {
  if (prefix.byteLength < lengthPrefixBytes) {
    throw safetensorsError(
      file,
      `a safetensors file has at least ${lengthPrefixBytes} bytes; got ${fileBytes}`,
    )
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true)
  if (length < 2n || length > BigInt(maxHeaderBytes)) {
    throw safetensorsError(
      file,
      `the header must have 2 to ${maxHeaderBytes} bytes; its length field says ${length}`,
    )
  }
  if (length > BigInt(fileBytes - lengthPrefixBytes)) {
    throw safetensorsError(file, `the header's length field says ${length} bytes; the file has ${fileBytes}`)
  }
  return Number(length)
}

/**
 * Parses and checks a header: every tensor's size is shape × dtype, and the tensors cover the data exactly, without
 * gap, overlap or rest, so that a damaged or truncated file never reads as a good one.
 *
 * @param header the header's bytes, without the length prefix
 * @param dataBytes number of bytes after the header
 * @throws INVALID_SAFETENSORS with the file, the tensor and the broken rule
 */
export function parseHeader(file: string, header: Uint8Array, dataBytes: number): SafetensorsHeader {
  const entries = Object.entries(parseHeaderJson(file, header))
  const metadata = parseMetadata(file, entries.find(([name]) => name === '__metadata__')?.[1])
  const tensors = entries
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]): [string, TensorInfo] => [name, parseTensorInfo(file, name, value)])
    .sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  checkCoverage(file, tensors, dataBytes)
  return { tensors: new Map(tensors), metadata }
}

/** Header bytes for tensors that lie one after the other in the order given, padded so that the data starts aligned. */
export function serializeHeader(
  tensors: Iterable<readonly [string, TensorInfo]>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const pairs: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata]]
  for (const [name, { dtype, shape, begin, end }] of tensors) {
    pairs.push([name, { dtype, shape, data_offsets: [begin, end] }])
  }
  // Not through one object: a tensor named like a number would move to the front.
  const json = `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`
  const bytes = new TextEncoder().encode(json)
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20)
  padded.set(bytes)
  return padded
}

function parseHeaderJson(file: string, header: Uint8Array): Record<string, unknown> {
  let text: string
  let parsed: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header)
    checkKeys(file, text)
    parsed = JSON.parse(text)
  } catch (cause) {
    if (cause instanceof MedtuneError) throw cause
    throw safetensorsError(file, 'the header must be JSON in UTF-8', cause)
  }
  if (!text.startsWith('{') || !isRecord(parsed)) {
    throw safetensorsError(file, 'the header must be a JSON object that starts at its first byte')
  }
  return parsed
}

/** JSON.parse keeps the last of two equal keys in silence, so look for them in the text; also bounds the nesting. */
function checkKeys(file: string, json: string): void {
  const maxDepth = 3 // file > tensor > shape
  const open: Set<string>[] = []
  for (let i = 0; i < json.length; i++) {
    const character = json[i]
    if (character === '{' || character === '[') {
      if (open.push(new Set()) > maxDepth) {
        throw safetensorsError(file, `the header must be nested at most ${maxDepth} levels; it is deeper`)
      }
    } else if (character === '}' || character === ']') {
      open.pop()
    } else if (character === '"') {
      const start = i
      i = endOfString(json, i)
      if (!isFollowedByColon(json, i + 1)) continue
      const key: string = JSON.parse(json.slice(start, i + 1))
      const keys = open.at(-1)
      if (keys?.has(key))
        throw safetensorsError(file, `the header must name "${shorten(key)}" once; it does so twice`)
      keys?.add(key)
    }
  }
}

/** Index of the quote that closes the string opened at `start`; the text's length when none does. */
function endOfString(json: string, start: number): number {
  let i = start + 1
  while (i < json.length && json[i] !== '"') i += json[i] === '\\' ? 2 : 1
  return i
}

function isFollowedByColon(json: string, start: number): boolean {
  let i = start
  while (json[i] === ' ' || json[i] === '\n' || json[i] === '\t' || json[i] === '\r') i++
  return json[i] === ':'
}

function parseMetadata(file: string, value: unknown): Record<string, string> {
  if (value === undefined) return {}
  if (!isRecord(value) || !Object.values(value).every((entry) => typeof entry === 'string')) {
    throw safetensorsError(file, '__metadata__ must be an object of strings')
  }
  return value as Record<string, string>
}

function parseTensorInfo(file: string, name: string, value: unknown): TensorInfo {
  const fail = (problem: string): MedtuneError =>
    safetensorsError(file, `tensor "${shorten(name)}": ${problem}`)
  if (!isRecord(value)) throw fail('its header entry must be an object')
  const { dtype, shape, data_offsets: offsets } = value
  if (!isStorageDtype(dtype))
    throw fail(`dtype must be one of the format's; got ${shorten(JSON.stringify(dtype) ?? 'none')}`)
  if (!isSizes(shape) || shape.length > maxRank)
    throw fail(`shape must be at most ${maxRank} non-negative integers`)
  if (!isSizes(offsets) || offsets.length !== 2) throw fail('data_offsets must be two non-negative integers')
  const [begin, end] = offsets as [number, number]
  const expected = elementCount(shape) * bytesPerElement(dtype)
  if (!Number.isSafeInteger(expected) || end - begin !== expected) {
    throw fail(
      `${dtype} [${shape}] takes ${expected} bytes; data_offsets [${begin}, ${end}] hold ${end - begin}`,
    )
  }
  return { dtype, shape, begin, end }
}

function checkCoverage(file: string, sorted: readonly [string, TensorInfo][], dataBytes: number): void {
  let position = 0
  for (const [name, { begin, end }] of sorted) {
    if (begin !== position) {
      const problem = begin < position ? 'overlaps the tensor before it' : 'leaves a gap before it'
      throw safetensorsError(
        file,
        `tensor "${shorten(name)}" ${problem}: it starts at byte ${begin} instead of ${position}`,
      )
    }
    position = end
  }
  if (position !== dataBytes) {
    throw safetensorsError(
      file,
      `the tensors take ${position} bytes; the file has ${dataBytes} after its header`,
    )
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

function shorten(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 120)}…`
}
