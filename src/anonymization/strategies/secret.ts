import { createHmac } from 'node:crypto'
import { MedtuneError } from '../../errors.js'

const shortestKey = 16

/** Checks a key; its text is never part of the message. */
export function requireKey(strategy: string, key: string | undefined): string {
  if (key !== undefined && key.length >= shortestKey) return key
  const got = key === undefined ? 'none' : `${key.length} characters`
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `strategy ${strategy} needs a key of at least ${shortestKey} characters; got ${got}. Set MEDTUNE_ANONYMIZATION_KEY or give a key file.`,
  )
}

/** HMAC-SHA-256 of a message, hexadecimal. */
export function hmac(key: string, message: string): string {
  return createHmac('sha256', key).update(message).digest('hex')
}

/** A stream of numbers in [0, bound) that a key and a message determine (mulberry32 seeded by their HMAC). */
export function seededNumbers(key: string, message: string): (bound: number) => number {
  let state = Number.parseInt(hmac(key, message).slice(0, 8), 16)
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * bound)
  }
}
