import { expect, test } from 'vitest'
import { CaseClock } from './case-clock.fixture.js'

const cases = [
  { what: 'small', work: 1 },
  { what: 'large', work: 3 },
]

function clockOn(isTTY: boolean): { clock: CaseClock; written: string[]; pass: (ms: number) => void } {
  const written: string[] = []
  let now = 0
  const stream = { isTTY, columns: 100, write: (text: string) => written.push(text) }
  const clock = new CaseClock(cases, stream, () => now)
  const pass = (ms: number): void => {
    now += ms
  }
  return { clock, written, pass }
}

test('in a log each case is a line, with the time that its work takes after the others', () => {
  const { clock, written, pass } = clockOn(false)
  clock.next()
  pass(20_000)
  clock.next()
  clock.stop()
  expect(written).toEqual(['[1/2] small\n', '[2/2] large, about 1:00 left\n'])
})

test('on a terminal there is a bar, taken away at the end', () => {
  const { clock, written, pass } = clockOn(true)
  clock.next()
  pass(20_000)
  clock.next()
  clock.stop()
  expect(written.at(-2)).toMatch(/measured █{6}░{18} 25 % {2}ETA 1:00 {2}2\/2 large$/)
  expect(written.at(-1)).toBe('\r\u001b[2K')
})
