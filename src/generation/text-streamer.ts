import type { DecodeStream } from '../tokenizers/decode-stream.js'
import type { DecodeOptions, Tokenizer } from '../tokenizers/tokenizer.js'

/** Receives each piece of new text; `isEnd` with the last one, which may be ''. */
export type OnText = (text: string, isEnd: boolean) => void

/**
 * Turns generated ids into text while they come. Pieces hold whole characters only and join to the answer.
 *
 * ```ts
 * const streamer = new TextStreamer(tokenizer, (text) => process.stdout.write(text))
 * ```
 */
export class TextStreamer {
  private readonly stream: DecodeStream

  /** Special tokens are left out of the text unless `skipSpecialTokens` is false. */
  constructor(
    tokenizer: Tokenizer,
    private readonly onText: OnText,
    { skipSpecialTokens = true }: DecodeOptions = {},
  ) {
    this.stream = tokenizer.decodeStream({ skipSpecialTokens })
  }

  /** The next generated id. */
  put(id: number): void {
    const text = this.stream.push(id)
    if (text !== '') this.onText(text, false)
  }

  /** No more ids: gives what is left. The streamer is then ready for another answer. */
  end(): void {
    this.onText(this.stream.end(), true)
  }
}
