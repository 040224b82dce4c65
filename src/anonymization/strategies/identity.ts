import { fold } from '../word.js'
import type { PhiValue } from './strategy.js'

const particles = new Set(['de', 'da', 'do', 'dos', 'das', 'e', 'del', 'van', 'von'])

function nameParts(value: string): string[] {
  return fold(value)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '' && !particles.has(part))
}

/** One spelling for equal identifiers: case, accents, spaces and punctuation do not tell them apart. */
function canonical(phi: PhiValue): string {
  return fold(phi.value).replaceAll(/[^\p{L}\p{N}]/gu, '')
}

/**
 * Tells which identifiers of a document are one: equal spellings, and for names a mention whose parts all belong to a
 * longer name (`Silva` is `Maria da Silva`).
 *
 * @returns the identity of an identifier, `TYPE|spelling`
 */
export function identities(values: readonly PhiValue[]): (phi: PhiValue) => string {
  const names = values
    .filter((phi) => phi.type === 'NOME')
    .map((phi) => nameParts(phi.value))
    .sort((a, b) => b.length - a.length)
  return (phi) => {
    if (phi.type !== 'NOME') return `${phi.type}|${canonical(phi)}`
    const parts = nameParts(phi.value)
    const whole =
      names.find((name) => parts.every((part) => name.some((known) => isSamePart(part, known)))) ?? parts
    return `NOME|${whole.join(' ')}`
  }
}

/** `m` is an initial of `maria`. */
function isSamePart(part: string, known: string): boolean {
  return part === known || (part.length === 1 && known.startsWith(part))
}
