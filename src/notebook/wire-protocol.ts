import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'

/** A message of the Jupyter protocol. @see https://jupyter-client.readthedocs.io/en/latest/messaging.html */
export interface KernelMessage {
  readonly channel: Channel
  readonly header: MessageHeader
  readonly parentHeader: Partial<MessageHeader>
  readonly metadata: Record<string, unknown>
  readonly content: Record<string, unknown>
  readonly buffers: readonly Uint8Array[]
}

export type Channel = 'shell' | 'iopub' | 'control' | 'stdin'

export interface MessageHeader {
  readonly msg_id: string
  readonly msg_type: string
  readonly session: string
  readonly username: string
  readonly date: string
  readonly version: string
}

const DELIMITER: Buffer = Buffer.from('<IDS|MSG>')

export function makeHeader(type: string, session: string): MessageHeader {
  const date = new Date().toISOString()
  return { msg_id: randomUUID(), msg_type: type, session, username: 'medtune', date, version: '5.3' }
}

/** Frames of a message, signed with HMAC-SHA256. */
export function encodeMessage(message: Omit<KernelMessage, 'channel'>, key: string): Buffer[] {
  const { header, parentHeader, metadata, content } = message
  const parts = [header, parentHeader, metadata, content].map((part) => Buffer.from(JSON.stringify(part)))
  return [
    DELIMITER,
    Buffer.from(sign(parts, key)),
    ...parts,
    ...message.buffers.map((bytes) => Buffer.from(bytes)),
  ]
}

/**
 * @returns undefined for frames that are no message of this kernel: no delimiter, too few parts, wrong signature
 */
export function decodeMessage(
  frames: readonly Buffer[],
  key: string,
  channel: Channel,
): KernelMessage | undefined {
  const start = frames.findIndex((frame) => frame.equals(DELIMITER))
  const signature = frames[start + 1]
  const parts = frames.slice(start + 2, start + 6)
  if (start < 0 || signature === undefined || parts.length < 4) return undefined
  const expected = Buffer.from(sign(parts, key))
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return undefined
  const [header, parentHeader, metadata, content] = parts.map((part) => JSON.parse(part.toString()))
  return { channel, header, parentHeader, metadata, content, buffers: frames.slice(start + 6) }
}

function sign(parts: readonly Buffer[], key: string): string {
  if (key === '') return ''
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest('hex')
}
