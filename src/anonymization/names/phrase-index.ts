import type { ScannedText } from '../scanned-text.js'

const innerGap = /^(?:[ '_-]{1,2}|\. )$/

/** Phrases of several words, found from their first word. */
export class PhraseIndex {
  readonly #byFirst = new Map<string, (readonly string[])[]>()

  /** @param list comma-separated phrases of folded words */
  constructor(list: string) {
    for (const phrase of list.split(',')) {
      const [first = '', ...rest] = phrase.trim().split(/[\s'.-]+/)
      const known = this.#byFirst.get(first)
      if (known === undefined) this.#byFirst.set(first, [rest])
      else known.push(rest)
    }
    for (const entries of this.#byFirst.values()) entries.sort((a, b) => b.length - a.length)
  }

  /** The word after the longest phrase that begins at word `index`, or undefined. */
  match({ text, starts, ends, words }: ScannedText, index: number): number | undefined {
    for (const rest of this.#byFirst.get(words[index]?.folded ?? '') ?? []) {
      const isMatch = rest.every((expected, offset) => {
        const at = index + offset + 1
        return words[at]?.folded === expected && innerGap.test(text.slice(ends[at - 1], starts[at]))
      })
      if (isMatch) return index + rest.length + 1
    }
    return undefined
  }
}
