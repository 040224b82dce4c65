/** Decodes ids to text without any special treatment at the ends. */
export type DecodeIds = (ids: readonly number[]) => string

/** How many ids may wait for the rest of a character: past this they are no character but noise, and are shown as such. */
const maxWaitingIds = 16

/**
 * Turns ids that arrive one by one into text. Pieces joined equal the text of all ids decoded at once: a character
 * whose bytes lie in several ids comes when it is whole, and the space that SentencePiece puts before a word
 * appears only where the whole text has one.
 *
 * Each piece is the difference of two decodings of a short window, so the cost does not grow with the text.
 */
export class DecodeStream {
  private ids: number[] = []
  /** The window: `ids` from the last piece that came out, then `settled` ids whose text has been given. */
  private settled = 0

  constructor(private readonly decode: DecodeIds) {}

  /** Takes the next id; gives the text that is now certain, often '' in the middle of a character. */
  push(id: number): string {
    this.ids.push(id)
    const before = this.decode(this.ids.slice(0, this.settled))
    const now = this.decode(this.ids)
    const waiting = this.ids.length - this.settled
    if (now.length <= before.length || (now.endsWith('\u{fffd}') && waiting < maxWaitingIds)) return ''
    return this.settle(before, now)
  }

  /** Gives what is left, for example half a character as U+FFFD, and starts anew. */
  end(): string {
    const before = this.decode(this.ids.slice(0, this.settled))
    const rest = this.decode(this.ids).slice(before.length)
    this.ids = []
    this.settled = 0
    return rest
  }

  private settle(before: string, now: string): string {
    this.ids = this.ids.slice(this.settled)
    this.settled = this.ids.length
    return now.slice(before.length)
  }
}
