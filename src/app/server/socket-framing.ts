import type { Channel, KernelMessage, MessageHeader } from '../../notebook/wire-protocol.js'

/** The newer of Jupyter's two WebSocket protocols; a client that does not ask for it gets the older one, JSON. */
export const binaryProtocol = 'v1.kernel.websocket.jupyter.org'

const channels: ReadonlySet<string> = new Set(['shell', 'control', 'stdin', 'iopub'])

interface JsonMessage {
  readonly channel: Channel
  readonly header: MessageHeader
  readonly parent_header?: Partial<MessageHeader>
  readonly metadata?: Record<string, unknown>
  readonly content?: Record<string, unknown>
}

/** A kernel's message as the client's protocol has it: text, or bytes. */
export function encodeForSocket(message: KernelMessage, protocol: string): string | Buffer {
  const { channel, header, parentHeader: parent_header, metadata, content, buffers } = message
  if (protocol === binaryProtocol) {
    const parts = [header, parent_header, metadata, content].map((part) => Buffer.from(JSON.stringify(part)))
    return encodeParts([Buffer.from(channel), ...parts, ...buffers])
  }
  const { msg_id, msg_type } = header
  const json = JSON.stringify({
    ...{ header, msg_id, msg_type, parent_header, metadata, content },
    ...{ buffers: [], channel },
  })
  return buffers.length === 0 ? json : encodeJsonWithBuffers(json, buffers)
}

/** @returns undefined for what is no message */
export function decodeFromSocket(
  data: Buffer,
  isBinary: boolean,
  protocol: string,
): KernelMessage | undefined {
  try {
    if (protocol === binaryProtocol) return decodeParts(data)
    const [json, ...buffers] = isBinary ? splitJsonWithBuffers(data) : [data]
    const parsed = JSON.parse(String(json)) as JsonMessage
    const { channel, header, parent_header: parentHeader = {}, metadata = {}, content = {} } = parsed
    return checked({ channel, header, parentHeader, metadata, content, buffers })
  } catch {
    return undefined
  }
}

/** Little-endian u64: how many offsets, the offsets of all parts and of the end; then the parts. */
function encodeParts(parts: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(8 * (parts.length + 2))
  head.writeBigUInt64LE(BigInt(parts.length + 1), 0)
  let offset = head.length
  parts.forEach((part, index) => {
    head.writeBigUInt64LE(BigInt(offset), 8 * (index + 1))
    offset += part.byteLength
  })
  head.writeBigUInt64LE(BigInt(offset), 8 * (parts.length + 1))
  return Buffer.concat([head, ...parts])
}

function decodeParts(data: Buffer): KernelMessage | undefined {
  const count = Number(data.readBigUInt64LE(0))
  if (count < 6 || count > data.length / 8) return undefined
  const offsets = Array.from({ length: count }, (_, index) => Number(data.readBigUInt64LE(8 * (index + 1))))
  const parts = offsets.slice(0, -1).map((start, index) => data.subarray(start, offsets[index + 1]))
  const [channel, ...rest] = parts
  const [header, parentHeader, metadata, content] = rest.slice(0, 4).map((part) => JSON.parse(String(part)))
  const buffers = rest.slice(4)
  return checked({ channel: String(channel) as Channel, header, parentHeader, metadata, content, buffers })
}

/** Big-endian u32: how many parts, the offset of each, no end; then the JSON and the buffers. */
function encodeJsonWithBuffers(json: string, buffers: readonly Uint8Array[]): Buffer {
  const parts = [Buffer.from(json), ...buffers]
  const head = Buffer.alloc(4 * (parts.length + 1))
  head.writeUInt32BE(parts.length, 0)
  let offset = head.length
  parts.forEach((part, index) => {
    head.writeUInt32BE(offset, 4 * (index + 1))
    offset += part.byteLength
  })
  return Buffer.concat([head, ...parts])
}

function splitJsonWithBuffers(data: Buffer): Buffer[] {
  const count = data.readUInt32BE(0)
  if (count < 1 || count > data.length / 4) throw new Error('wrong number of parts')
  const offsets = Array.from({ length: count }, (_, index) => data.readUInt32BE(4 * (index + 1)))
  return offsets.map((start, index) => data.subarray(start, offsets[index + 1] ?? data.length))
}

function checked(message: KernelMessage): KernelMessage | undefined {
  const { header, channel } = message
  const isMessage =
    channels.has(channel) && typeof header?.msg_type === 'string' && typeof header.session === 'string'
  return isMessage ? message : undefined
}
