// @ts-check
'use strict'
// Jupyter's wire format: ZeroMQ frames `identities… <IDS|MSG> signature header parent metadata content buffers…`.
const { createHmac, randomUUID, timingSafeEqual } = require('node:crypto')

const DELIMITER = Buffer.from('<IDS|MSG>')

/**
 * @typedef {{ msg_id: string, msg_type: string, session: string, username: string, date: string, version: string }} Header
 * @typedef {object} Message
 * @property {Buffer[]} identities  routing prefix on the way in, topic on the way out
 * @property {Header} header
 * @property {Header | {}} parentHeader
 * @property {Record<string, unknown>} metadata
 * @property {any} content  an object, or its JSON text where the sender already made it
 * @property {Buffer[]} buffers
 */

/** @param {string} key @param {Buffer[]} parts */
function sign(key, parts) {
  if (key === '') return ''
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest('hex')
}

/**
 * @param {Buffer[]} frames
 * @param {string} key
 * @returns {Message}
 * @throws {Error} on a missing delimiter, a wrong signature or text that is not JSON
 */
function decode(frames, key) {
  const delimiterIndex = frames.findIndex((frame) => frame.equals(DELIMITER))
  if (delimiterIndex < 0 || frames.length < delimiterIndex + 6)
    throw new Error('message without <IDS|MSG> and five parts')
  const signature = frames[delimiterIndex + 1]
  const parts = frames.slice(delimiterIndex + 2, delimiterIndex + 6)
  const expected = Buffer.from(sign(key, parts))
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected))
    throw new Error('wrong message signature')
  const [header, parentHeader, metadata, content] = parts.map((part) => JSON.parse(part.toString()))
  return {
    identities: frames.slice(0, delimiterIndex),
    header,
    parentHeader,
    metadata,
    content,
    buffers: frames.slice(delimiterIndex + 6),
  }
}

/**
 * @param {Message} message
 * @param {string} key
 * @returns {Buffer[]}
 */
function encode(message, key) {
  const { content } = message
  const parts = [message.header, message.parentHeader, message.metadata].map((part) =>
    Buffer.from(JSON.stringify(part)),
  )
  parts.push(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)))
  return [...message.identities, DELIMITER, Buffer.from(sign(key, parts)), ...parts, ...message.buffers]
}

/** @param {string} type @param {string} session @returns {Header} */
function makeHeader(type, session) {
  return {
    msg_id: randomUUID(),
    msg_type: type,
    session,
    username: 'kernel',
    date: new Date().toISOString(),
    version: '5.3',
  }
}

module.exports = { decode, encode, makeHeader }
