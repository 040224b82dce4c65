/**
 * The visible character that byte-level BPE writes for each byte: printable Latin-1 characters stand for themselves,
 * the other bytes for the characters from U+0100 on, in order.
 *
 * @see Radford et al., "Language models are unsupervised multitask learners" (2019)
 */
export const byteCharacters: readonly string[] = (() => {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++))
})()

/** The words that byte-level BPE never merges across: contractions, letters, digits, other signs, blanks. */
const wordPattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

export function splitIntoWords(text: string): string[] {
  return text.match(wordPattern) ?? []
}
