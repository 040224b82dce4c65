import { expect, test } from 'vitest'
import { rowsFromCheckpoint, rowsToCheckpoint } from './row-order.js'

const order = { kind: 'rotary', headSize: 4 } as const

test('halves of each head become pairs, whole rows at a time', () => {
  const rows = Float32Array.of(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7) // 2 heads of 4 rows of width 2
  const interleaved = rowsFromCheckpoint(rows, 8, order)
  expect([...interleaved]).toEqual([0, 0, 2, 2, 1, 1, 3, 3, 4, 4, 6, 6, 5, 5, 7, 7])
  expect(rowsToCheckpoint(interleaved, 8, order)).toEqual(rows)
})

test('plain rows stay', () => {
  const rows = Float32Array.of(1, 2, 3)
  expect(rowsFromCheckpoint(rows, 3, { kind: 'plain' })).toBe(rows)
})

test('of a partly turned head and of fused rows only those that turn move', () => {
  const rows = Float32Array.from({ length: 18 }, (_, i) => i) // two heads of six turned rows at most, and six plain ones
  const partial = { kind: 'rotary', headSize: 6, turnedSize: 4, turnedRows: 12 } as const
  const interleaved = rowsFromCheckpoint(rows, 18, partial)
  expect([...interleaved]).toEqual([0, 2, 1, 3, 4, 5, 6, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17])
  expect(rowsToCheckpoint(interleaved, 18, partial)).toEqual(rows)
})
