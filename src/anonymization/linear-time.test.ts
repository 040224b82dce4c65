import { describe, expect, test } from 'vitest'
import { Detector } from './detector.js'
import { recognizers } from './recognizers/index.js'

const fillers: readonly string[] = [
  ' ',
  '1',
  'A',
  'a',
  '.',
  '@',
  '-',
  '/',
  ':',
  '1 ',
  '1.',
  '1-',
  'A.',
  'A ',
  'a@',
  'a.',
  'a-',
  'Ana ',
  'Ana e ',
  'de ',
  '\n',
  '1\n',
  'Dr. ',
  'Rua A ',
  'http://',
  'ID: ',
  'CPF 1',
  '(11) ',
  '12/',
  'março de ',
  'Hospital de ',
  'A1',
  '\u200b',
  '+(',
  '+44 20',
  '0044 2 ',
  '00 ',
  ', ',
  'São Paulo, ',
  '[A',
  '٣',
]
const small = 25_000
const large = 200_000

function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

// Eight times the text may cost eight times the work. A square would be sixty-four; the bound between them leaves room
// for a busy machine, and work too short to be measured is not judged.
const mostGrowth = 24
const shortestMs = 250

describe('work grows with the length of the text', () => {
  test.each(recognizers.map((recognizer) => [recognizer.entity, recognizer] as const))(
    '%s',
    (_entity, recognizer) => {
      const detector = new Detector([recognizer], 'clinical')
      for (const filler of fillers) {
        const textOf = (length: number) => filler.repeat(Math.ceil(length / filler.length))
        const growth = () => {
          const shortMs = cpuMs(() => detector.detect(textOf(small)))
          const longMs = cpuMs(() => detector.detect(textOf(large)))
          return longMs < shortestMs ? 1 : longMs / Math.max(shortMs, shortestMs / mostGrowth)
        }
        // A collection of garbage may fall into one measurement, not into three.
        let least = growth()
        for (let again = 0; again < 2 && least >= mostGrowth; again++) least = growth()
        expect(least, JSON.stringify(filler)).toBeLessThan(mostGrowth)
      }
    },
  )
})
