const byteToken = /^<0x([0-9A-Fa-f]{2})>$/

/** What the npm package's decoders have in common. They are callable: functions to `typeof`. */
export interface DecoderPart {
  readonly config?: {
    readonly type?: unknown
    readonly replacement?: unknown
    readonly prepend_scheme?: unknown
  }
  readonly decoders?: readonly DecoderPart[]
  decode_chain?: (tokens: string[]) => string[]
}

/**
 * Gives the parts of a decoder the Python library's behaviour: runs of byte tokens that are no valid UTF-8 become one
 * U+FFFD per byte, and a byte order mark is kept; Metaspace drops the blanks of the first token only where it prepends
 * one. The npm package does neither.
 */
export function correctDecoder(decoder: DecoderPart | null): void {
  const { type, replacement, prepend_scheme: scheme } = decoder?.config ?? {}
  if (decoder !== null && type === 'ByteFallback') decoder.decode_chain = decodeByteFallback
  if (decoder !== null && type === 'Metaspace' && typeof replacement === 'string') {
    decoder.decode_chain = (tokens) =>
      tokens.map((token, i) => token.replaceAll(replacement, i === 0 && scheme !== 'never' ? '' : ' '))
  }
  for (const part of decoder?.decoders ?? []) correctDecoder(part)
}

function decodeByteFallback(tokens: string[]): string[] {
  const texts: string[] = []
  let bytes: number[] = []
  const flush = (): void => {
    if (bytes.length > 0) texts.push(decodeBytes(Uint8Array.from(bytes)))
    bytes = []
  }
  for (const token of tokens) {
    const hex = byteToken.exec(token)?.[1]
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16))
    } else {
      flush()
      texts.push(token)
    }
  }
  flush()
  return texts
}

function decodeBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return '\u{fffd}'.repeat(bytes.length)
  }
}
