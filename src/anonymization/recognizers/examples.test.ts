import { describe, expect, test } from 'vitest'
import { Detector } from '../detector.js'
import { recognizers } from './index.js'

/** `a ‹b› c` → text `a b c` and what is marked. */
function readMarked(marked: string): { text: string; expected: string[] } {
  return {
    text: marked.replaceAll(/[‹›]/g, ''),
    expected: [...marked.matchAll(/‹([^›]*)›/g)].map((match) => match[1] ?? ''),
  }
}

for (const recognizer of recognizers) {
  describe(recognizer.entity, () => {
    const detector = new Detector([recognizer], 'clinical')
    const find = (text: string) => detector.detect(text).map((span) => text.slice(span.start, span.end))

    test.each(recognizer.examples.positive)('%s', (marked) => {
      const { text, expected } = readMarked(marked)
      expect(find(text)).toEqual(expected)
    })
    test.each(recognizer.examples.negative)('nothing in: %s', (text) => {
      expect(find(text)).toEqual([])
    })
    test('has examples of both kinds', () => {
      expect(recognizer.examples.positive.length).toBeGreaterThan(0)
      expect(recognizer.examples.negative.length).toBeGreaterThan(0)
    })
  })
}
