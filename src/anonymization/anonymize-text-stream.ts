import type { AnonymizationResult, Anonymizer } from './anonymizer.js'

const chunkCharacters = 128 * 1024
const longestParagraph = 1024 * 1024

/**
 * Anonymizes a text that need not fit in memory. It is cut at empty lines, so that each part is a document of its own
 * for mentions and tokens; a paragraph over a million characters is cut at its last line end.
 */
export async function* anonymizeTextStream(
  chunks: AsyncIterable<string>,
  anonymizer: Anonymizer<string>,
  onResult?: (result: AnonymizationResult<string>) => void,
): AsyncGenerator<string> {
  const clean = (text: string): string => {
    const result = anonymizer.anonymize(text)
    onResult?.(result)
    return result.text
  }
  let pending = ''
  for await (const chunk of chunks) {
    pending += chunk
    if (pending.length < chunkCharacters) continue
    const paragraphEnd = pending.lastIndexOf('\n\n') + 2
    const cut =
      paragraphEnd > 1 ? paragraphEnd : pending.length > longestParagraph ? pending.lastIndexOf('\n') + 1 : 0
    if (cut === 0) continue
    yield clean(pending.slice(0, cut))
    pending = pending.slice(cut)
  }
  if (pending !== '') yield clean(pending)
}
