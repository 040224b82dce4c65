import { byteCharacters } from './byte-level-alphabet.js'
import type { Tokenizer } from './tokenizer.js'

const byteOf = new Map(byteCharacters.map((character, byte) => [character, byte]))
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * A token as a reader sees it, its blanks visible: `·` a blank, `↵` a line end, `⇥` a tab. Special tokens are themselves;
 * parts of characters are shown as bytes.
 */
export function readableToken(tokenizer: Tokenizer, id: number): string {
  const piece = tokenizer.idToToken(id)
  if (piece === undefined) return `<${id}>`
  if (tokenizer.isSpecialTokenId(id)) return piece
  const asciiByte = /^<0x([0-7][0-9A-F])>$/.exec(piece)?.[1]
  if (asciiByte !== undefined) return visible(String.fromCharCode(Number.parseInt(asciiByte, 16)))
  return visible(piece.includes('▁') ? piece.replaceAll('▁', ' ') : fromByteLevel(piece))
}

/** The text of a byte-level piece; the piece itself where it is none. */
function fromByteLevel(piece: string): string {
  const bytes = [...piece].map((character) => byteOf.get(character))
  if (!bytes.every((byte) => byte !== undefined)) return piece
  try {
    return decoder.decode(Uint8Array.from(bytes))
  } catch {
    return bytes.map((byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`).join('')
  }
}

function visible(text: string): string {
  const blanksShown = text
    .replaceAll(' ', '·')
    .replaceAll('\n', '↵')
    .replaceAll('\r', '␍')
    .replaceAll('\t', '⇥')
  // What would move a terminal's cursor, change its colours or turn the reading direction.
  return blanksShown.replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, (character) => {
    const hex = character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
    return `<U+${hex}>`
  })
}
