const byteToken = /^<0x([0-9A-Fa-f]{2})>$/

/** What the npm package's decoders have in common. They are callable: functions to `typeof`. */
export interface DecoderPart {
  readonly config?: { readonly type?: unknown }
  readonly decoders?: readonly DecoderPart[]
  decode_chain?: (tokens: string[]) => string[]
}

/**
 * Gives the byte-fallback parts of a decoder the Python library's behaviour: runs of byte tokens that are no valid
 * UTF-8 become one U+FFFD per byte, and a byte order mark is kept. The npm package does neither.
 */
export function correctByteFallback(decoder: DecoderPart | null): void {
  if (decoder?.config?.type === 'ByteFallback') decoder.decode_chain = decodeByteFallback
  for (const part of decoder?.decoders ?? []) correctByteFallback(part)
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
