import { expect, test } from 'vitest'
import { DataCollator } from './data-collator.js'
import { packExamples } from './pack-examples.js'
import { labelCount, type TokenizedExample } from './tokenized-example.js'

/** An example of `length` equal ids, so that packed rows show where each went. */
function example(length: number, id = length): TokenizedExample {
  return { inputIds: new Array(length).fill(id), labels: new Array(length).fill(id) }
}

const lengthsOf = (packed: readonly TokenizedExample[]) => packed.map(({ segmentLengths }) => segmentLengths)

test('each example goes where the least space is left that holds it, the longest first', () => {
  expect(
    lengthsOf(
      packExamples(
        [2, 7, 3, 5, 8, 3].map((length) => example(length)),
        10,
      ),
    ),
  ).toEqual([
    [8, 2],
    [7, 3],
    [5, 3],
  ])
})

test('an example as long as the row stays alone; none is lost or cut', () => {
  const examples = [10, 1, 10, 9, 4, 4, 6].map((length, id) => example(length, id))
  const packed = packExamples(examples, 10)
  expect(packed.every(({ inputIds }) => inputIds.length <= 10)).toBe(true)
  const tokens = packed.flatMap(({ inputIds }) => inputIds).sort()
  expect(tokens).toEqual(examples.flatMap(({ inputIds }) => inputIds).sort())
  expect(packed).toHaveLength(5)
})

test('packed rows have as many labels as the rows alone', () => {
  const examples = [3, 4, 5, 2].map((length) => example(length))
  const count = (rows: readonly TokenizedExample[]) =>
    rows.reduce((sum, { labels }) => sum + labelCount(labels), 0)
  const packed = packExamples(examples, 8)
  expect(packed.map(({ labels }) => labels)).toEqual([
    [-100, 5, 5, 5, 5, -100, 3, 3],
    [-100, 4, 4, 4, -100, 2],
  ])
  expect(count(packed)).toBe(count(examples))
})

test('the collator numbers segments, padding is one of its own', () => {
  const [first = example(1), second = example(1)] = packExamples(
    [3, 4, 5, 2].map((l) => example(l)),
    8,
  )
  const batch = new DataCollator({ padTokenId: 0, padToMultipleOf: 1 }).collate([first, second])
  expect([...(batch.segmentIds ?? [])]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 2, 2])
})

test('many rows are packed at once and well', () => {
  const lengths = Array.from({ length: 5_000 }, (_, i) => 20 + ((i * 7919) % 400))
  const packed = packExamples(
    lengths.map((length) => example(length, 1)),
    2048,
  )
  const tokens = lengths.reduce((sum, length) => sum + length, 0)
  expect(tokens / (packed.length * 2048)).toBeGreaterThan(0.99)
})
