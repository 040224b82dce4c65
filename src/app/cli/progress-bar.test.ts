import { expect, test } from 'vitest'
import { createProgress, formatDuration, type ProgressOptions } from './progress-bar.js'

function draw(
  isTTY: boolean,
  options: Partial<ProgressOptions>,
  steps: [seconds: number, done: number, note?: string][],
): string[] {
  const written: string[] = []
  let nowMs = 0
  const stream = { isTTY, columns: 100, write: (text: string) => written.push(text) }
  const progress = createProgress({ label: 'Training', total: 100, ...options, stream, nowMs: () => nowMs })
  for (const [seconds, done, note] of steps) {
    nowMs = seconds * 1000
    progress.update(done, note)
  }
  progress.finish()
  return written
}

test('a terminal sees one line with bar, part, time left and note', () => {
  const written = draw(true, {}, [[10, 25, 'loss 2.13']])
  expect(written).toEqual([
    '\r\u001b[2KTraining ██████░░░░░░░░░░░░░░░░░░ 25 %  25/100  ETA 0:30  loss 2.13',
    '\r\u001b[2K',
  ])
})

test('redraws are rare, the last one always comes', () => {
  const steps = Array.from({ length: 100 }, (_, i): [number, number] => [i / 1000, i + 1])
  const written = draw(true, {}, steps)
  expect(written.length).toBeLessThan(6)
  expect(written.at(-2)).toContain('100 %')
})

test('a line never wraps', () => {
  const written = draw(true, { label: 'x'.repeat(200) }, [[1, 50]])
  expect(written[0]?.length).toBeLessThanOrEqual('\r\u001b[2K'.length + 99)
})

test('bytes, and a total that is not known', () => {
  expect(draw(true, { unit: 'bytes', total: 2_600_000 }, [[1, 1_300_000]])[0]).toContain(
    '50 %  1.3 MB/2.6 MB',
  )
  expect(draw(true, { unit: 'bytes', total: 0 }, [[75, 5e6]])[0]).toContain('Training  5.0 MB  1:15')
})

test('a log file sees few plain lines, and none of a quick job', () => {
  const slow = Array.from({ length: 100 }, (_, i): [number, number] => [i, i + 1])
  expect(draw(false, {}, slow).slice(0, 2)).toEqual(['Training 10 %\n', 'Training 20 %\n'])
  expect(draw(false, {}, slow).length).toBe(10)
  const quick = slow.map(([seconds, done]): [number, number] => [seconds / 100, done])
  expect(draw(false, {}, quick)).toEqual([])
})

test.each([
  [0, '0:00'],
  [59.6, '1:00'],
  [75, '1:15'],
  [4000, '1:06:40'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text)
})
