import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { byteCharacters } from '../tokenizers/byte-level-alphabet.js'

/**
 * Writes a byte-level tokenizer of exactly `count` tokens, for models that are smaller than the alphabet of bytes.
 *
 * @param added tokens behind those
 */
export function writeLettersTokenizer(
  directory: string,
  count: number,
  added: readonly Readonly<Record<string, unknown>>[] = [],
): void {
  const letters = byteCharacters.slice(33, 32 + count)
  const vocab = Object.fromEntries([...letters, '!"'].map((token, id) => [token, id]))
  const bytes = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true }
  const tokenizer = {
    version: '1.0',
    ...{ truncation: null, padding: null, added_tokens: added, normalizer: null },
    ...{ pre_tokenizer: bytes, post_processor: null, decoder: bytes },
    model: { type: 'BPE', vocab, merges: [['!', '"']] },
  }
  writeFileSync(path.join(directory, 'tokenizer.json'), JSON.stringify(tokenizer))
}
