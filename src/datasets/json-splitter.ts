import { isUtf8 } from 'node:buffer'
import { MedtuneError } from '../errors.js'

/** One value of a JSON file, still as bytes: parse it with `parseEntry`. */
export interface JsonEntry {
  /** Keys and positions that lead to the value: `['21645374']`, `[12]`, or `['input', 12]` at depth 2. */
  readonly path: readonly (string | number)[]
  /** Byte position of the value in the file. */
  readonly offset: number
  readonly bytes: Buffer
}

export interface JsonSplitterOptions {
  /** Named in errors: the file. */
  readonly subject: string
  /** How many containers to open before values are handed out: 1 for a list or map of records (default), 2 for columns. */
  readonly depth?: 1 | 2
}

/** A record that never closes must not fill the memory: nothing in a dataset file is near this size. */
const maxEntryBytes = 32 * 1024 * 1024
const maxNesting = 512

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const openBrace = 0x7b
const openBracket = 0x5b
const closeBrace = 0x7d
const closeBracket = 0x5d
const byteOrderMark = [0xef, 0xbb, 0xbf]

type Expectation = 'start' | 'key' | 'keyOrEnd' | 'colon' | 'value' | 'valueOrEnd' | 'commaOrEnd' | 'done'

interface Frame {
  readonly close: number
  /** Present key of an object, present position in an array. */
  at: string | number
}

interface Capture {
  readonly kind: 'key' | 'string' | 'container' | 'scalar'
  readonly offset: number
  /** Closing bytes that are still to come, innermost last. */
  readonly closers: number[]
  readonly parts: Buffer[]
  size: number
  inString: boolean
}

/**
 * Cuts a JSON file of any size into its records without parsing them: it only follows strings, escapes and brackets,
 * so a broken record costs that record alone and memory stays at one chunk and one record.
 *
 * `push` each chunk in order, then `end`. Both throw MedtuneError INVALID_DATASET, with the byte position, when the
 * file is not JSON, is truncated, or its outer structure is broken. Text of the file never enters a message.
 */
export class JsonSplitter {
  readonly #subject: string
  readonly #depth: number
  readonly #frames: Frame[] = []
  #expects: Expectation = 'start'
  #capture: Capture | undefined
  /** Bytes of the chunks before the present one. */
  #base = 0
  #captureFrom = 0
  /** The last chunk ended inside a string on a backslash. */
  #escaped = false
  /** Next backslash of the present chunk, so that it is searched for once; the chunk's length when there is none. */
  #nextBackslash = -1
  #entries: JsonEntry[] = []

  constructor(options: JsonSplitterOptions) {
    this.#subject = options.subject
    this.#depth = options.depth ?? 1
  }

  /** @returns the values completed by this chunk */
  push(chunk: Buffer): JsonEntry[] {
    this.#entries = []
    this.#captureFrom = 0
    this.#nextBackslash = -1
    let i = 0
    while (i < chunk.length) {
      const { inString, kind } = this.#capture ?? {}
      if (inString) i = this.#scanString(chunk, i)
      else if (kind === 'container') i = this.#scanContainer(chunk, i)
      else if (kind === 'scalar') i = this.#scanScalar(chunk, i)
      else i = this.#step(chunk, i)
    }
    if (this.#capture !== undefined) this.#keep(this.#capture, chunk.subarray(this.#captureFrom))
    this.#base += chunk.length
    return this.#entries
  }

  /** @throws MedtuneError INVALID_DATASET if the file is empty or truncated */
  end(): void {
    if (this.#expects === 'start') throw this.#broken('holds no data; it must hold JSON', 0)
    if (this.#expects !== 'done') throw this.#broken('is truncated: JSON ends too early', 0)
  }

  /** Reads one byte of the outer structure. */
  #step(chunk: Buffer, i: number): number {
    const byte = chunk[i] ?? 0
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return i + 1
    if (this.#expects === 'start') return this.#start(i, byte)
    if (this.#expects === 'done') throw this.#broken('must end after its closing bracket', i)
    const frame = this.#frames.at(-1)
    if (frame === undefined) throw this.#broken('must be one JSON list or object', i)
    const mayClose = this.#expects.endsWith('OrEnd')
    if (byte === frame.close && mayClose) return this.#close(i)
    if (this.#expects === 'commaOrEnd' && byte === comma) {
      if (typeof frame.at === 'number') frame.at++
      this.#expects = frame.close === closeBracket ? 'value' : 'key'
    } else if (this.#expects === 'colon' && byte === colon) {
      this.#expects = 'value'
    } else if (this.#expects.startsWith('key') && byte === quote) {
      this.#begin('key', i)
    } else if (this.#expects.startsWith('value') && byte !== comma && byte !== colon) {
      return this.#beginValue(i, byte)
    } else {
      throw this.#broken('must be JSON', i)
    }
    return i + 1
  }

  #start(i: number, byte: number): number {
    const position = this.#base + i
    if (byte === byteOrderMark[position]) return i + 1
    if (position < 2 && (byte === 0xff || byte === 0xfe)) throw this.#broken('must be UTF-8, not UTF-16', i)
    if (byte !== openBrace && byte !== openBracket) throw this.#broken('must be JSON, a list or an object', i)
    return this.#beginValue(i, byte)
  }

  #beginValue(i: number, byte: number): number {
    const isContainer = byte === openBrace || byte === openBracket
    if (isContainer && this.#frames.length < this.#depth) {
      // '}' and ']' lie two above '{' and '[' in ASCII.
      this.#frames.push({ close: byte + 2, at: byte === openBracket ? 0 : '' })
      this.#expects = byte === openBracket ? 'valueOrEnd' : 'keyOrEnd'
      return i + 1
    }
    if (byte === closeBrace || byte === closeBracket) throw this.#broken('must be JSON', i)
    this.#begin(isContainer ? 'container' : byte === quote ? 'string' : 'scalar', i)
    if (isContainer) this.#capture?.closers.push(byte + 2)
    return i + 1
  }

  #close(i: number): number {
    this.#frames.pop()
    this.#expects = this.#frames.length === 0 ? 'done' : 'commaOrEnd'
    return i + 1
  }

  #begin(kind: Capture['kind'], i: number): void {
    const inString = kind === 'key' || kind === 'string'
    this.#capture = { kind, offset: this.#base + i, closers: [], parts: [], size: 0, inString }
    this.#captureFrom = i
  }

  /** Jumps to the end of a string; the two native searches are what makes splitting fast. */
  #scanString(chunk: Buffer, from: number): number {
    let i = from
    if (this.#escaped) {
      this.#escaped = false
      i++
    }
    for (;;) {
      const end = chunk.indexOf(quote, i)
      if (this.#nextBackslash < i) {
        const found = chunk.indexOf(backslash, i)
        this.#nextBackslash = found < 0 ? chunk.length : found
      }
      const escapeAt = this.#nextBackslash
      if (escapeAt < chunk.length && (end < 0 || escapeAt < end)) {
        i = escapeAt + 2
        if (i <= chunk.length) continue
        this.#escaped = true
        return chunk.length
      }
      if (end < 0) return chunk.length
      const capture = this.#capture
      if (capture !== undefined) {
        capture.inString = false
        if (capture.kind !== 'container') this.#finish(capture, chunk, end + 1)
      }
      return end + 1
    }
  }

  #scanContainer(chunk: Buffer, from: number): number {
    const capture = this.#capture
    if (capture === undefined) return from
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i]
      if (byte === quote) {
        capture.inString = true
        return i + 1
      }
      if (byte === openBrace || byte === openBracket) {
        if (capture.closers.push(byte + 2) > maxNesting) throw this.#broken('must not nest that deep', i)
      } else if (byte === closeBrace || byte === closeBracket) {
        if (capture.closers.pop() !== byte) throw this.#broken('must be JSON; a bracket does not match', i)
        if (capture.closers.length === 0) {
          this.#finish(capture, chunk, i + 1)
          return i + 1
        }
      }
    }
    return chunk.length
  }

  #scanScalar(chunk: Buffer, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0
      if (byte <= 0x20 || byte === comma || byte === closeBrace || byte === closeBracket) {
        if (this.#capture !== undefined) this.#finish(this.#capture, chunk, i)
        return i
      }
    }
    return chunk.length
  }

  #finish(capture: Capture, chunk: Buffer, end: number): void {
    this.#keep(capture, chunk.subarray(this.#captureFrom, end))
    this.#capture = undefined
    const bytes = capture.parts.length === 1 ? (capture.parts[0] ?? chunk) : Buffer.concat(capture.parts)
    const frame = this.#frames.at(-1)
    if (capture.kind !== 'key') {
      this.#entries.push({ path: this.#frames.map(({ at }) => at), offset: capture.offset, bytes })
      this.#expects = 'commaOrEnd'
      return
    }
    const key = parseEntry(bytes)
    if (frame === undefined || typeof key !== 'string') {
      throw new MedtuneError(
        'INVALID_DATASET',
        `${this.#subject} has a key that is not JSON text at byte ${capture.offset}.`,
      )
    }
    frame.at = key
    this.#expects = 'colon'
  }

  #keep(capture: Capture, part: Buffer): void {
    capture.parts.push(part)
    capture.size += part.length
    if (capture.size > maxEntryBytes) {
      throw new MedtuneError(
        'INVALID_DATASET',
        `${this.#subject}: a record must be smaller than ${maxEntryBytes} bytes; the one at byte ${capture.offset} is not. ` +
          'A quote or bracket is probably missing there.',
      )
    }
  }

  #broken(rule: string, i: number): MedtuneError {
    const record = this.#frames[0] === undefined ? '' : ` (in or after ${describeRecord(this.#frames[0].at)})`
    return new MedtuneError(
      'INVALID_DATASET',
      `${this.#subject} ${rule}; it breaks at byte ${this.#base + i}${record}. Fetch or export the file again.`,
    )
  }
}

function describeRecord(at: string | number): string {
  return typeof at === 'number' ? `item ${at + 1}` : isShowableId(at) ? `record ${at}` : 'its first record'
}

/** Only what looks like an id may be shown: in a damaged file any text can end up where an id belongs. */
export function isShowableId(id: string): boolean {
  return /^[\w.:-]{1,40}$/.test(id)
}

/**
 * Parses an entry's bytes; undefined where they are not valid UTF-8 or not JSON. V8's own message quotes the text and
 * is therefore dropped.
 */
export function parseEntry(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return undefined
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
