import { expect, test } from 'vitest'
import { decodeMessage, encodeMessage, makeHeader } from './wire-protocol.js'

const message = {
  header: makeHeader('x', 's'),
  parentHeader: {},
  metadata: {},
  content: { a: 1 },
  buffers: [new Uint8Array([1, 2])],
}

test('a message is the same after the wire', () => {
  const frames = [Buffer.from('identity'), ...encodeMessage(message, 'key')]
  const decoded = decodeMessage(frames, 'key', 'shell')
  expect(decoded).toMatchObject({ channel: 'shell', header: message.header, content: { a: 1 } })
  expect([...(decoded?.buffers[0] ?? [])]).toEqual([1, 2])
})

test('a message of somebody else is dropped', () => {
  const frames = encodeMessage(message, 'key')
  expect(decodeMessage(frames, 'other', 'shell')).toBeUndefined()
  expect(decodeMessage([Buffer.from('noise')], 'key', 'shell')).toBeUndefined()
  expect(decodeMessage(frames.slice(0, 3), 'key', 'shell')).toBeUndefined()
  frames[5] = Buffer.from('{"a":2}')
  expect(decodeMessage(frames, 'key', 'shell')).toBeUndefined()
})
