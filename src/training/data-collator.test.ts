import { expect, test } from 'vitest'
import { DataCollator } from './data-collator.js'
import { labelCount } from './tokenized-example.js'

const rows = [
  { inputIds: [1, 5, 2], labels: [1, 5, 2] },
  { inputIds: [1, 5, 9, 9, 2], labels: [-100, -100, 9, 9, 2] },
]

test('rows are padded on the right, labels by position', () => {
  // The pad id is the end-of-sequence id 2: the row's own 2 must keep its label.
  const batch = new DataCollator({ padTokenId: 2, padToMultipleOf: 1 }).collate(rows)
  expect(batch).toEqual({
    inputIds: Int32Array.of(1, 5, 2, 2, 2, 1, 5, 9, 9, 2),
    labels: Int32Array.of(1, 5, 2, -100, -100, -100, -100, 9, 9, 2),
    batchSize: 2,
    length: 5,
  })
})

test('lengths are rounded up to a multiple', () => {
  const batch = new DataCollator({ padTokenId: 0, padToMultipleOf: 8 }).collate(rows)
  expect(batch.length).toBe(8)
  expect([...batch.labels.slice(3, 8)]).toEqual([-100, -100, -100, -100, -100])
})

test('a label at position 0 has no loss: nothing predicts it', () => {
  expect(labelCount([1, 5, 2])).toBe(2)
  expect(labelCount([-100, -100, 9])).toBe(1)
  expect(labelCount([7])).toBe(0)
})
