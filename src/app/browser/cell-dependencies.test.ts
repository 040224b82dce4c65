import { describe, expect, test } from 'vitest'
import { type CellRun, cellMarks, type NotebookCell, unverified } from './cell-dependencies.js'

const cell = (id: string, declares: string[], assigns: string[] = []): NotebookCell => ({
  id,
  source: id,
  names: { declares, assigns },
})
const ran = (run: number, { id, source, names }: NotebookCell, uses: CellRun['uses'] = {}): CellRun => ({
  cellId: id,
  run,
  source,
  status: 'ok',
  ...names,
  uses,
})
const [a, b, c] = [cell('a', ['n']), cell('b', ['m']), cell('c', [])]
const states = (cells: NotebookCell[], runs: CellRun[]) =>
  Object.fromEntries([...cellMarks(cells, runs)].map(([id, { state }]) => [id, state]))
const fromA = (run: number) => ({ n: { cellId: 'a', run } })
const inOrder = [ran(1, a), ran(2, b, fromA(1)), ran(3, c, { m: { cellId: 'b', run: 2 } })]

describe('a cell is marked', () => {
  test('not at all after a run from top to bottom', () => {
    expect(states([a, b, c], inOrder)).toEqual({})
    expect(unverified([a, b, c], inOrder)).toEqual([])
  })

  test('when it was edited, and what builds on it with it', () => {
    expect(states([{ ...a, source: 'new' }, b, c], inOrder)).toEqual({ a: 'edited', b: 'stale', c: 'stale' })
  })

  test('when what it builds on ran again', () => {
    const runs = [ran(4, a), ...inOrder.slice(1)]
    expect(states([a, b, c], runs)).toEqual({ b: 'stale', c: 'stale' })
    expect(unverified([a, b, c], runs)).toEqual(['cells ran in another order', '2 cells are out of date'])
  })

  test('when it used a value of a cell below, of itself before, or of a deleted cell', () => {
    expect(states([b, a], inOrder)).toEqual({ b: 'out-of-order' })
    expect(states([b], [ran(2, b, fromA(1))])).toEqual({ b: 'out-of-order' })
    const counter = cell('counter', [], ['n'])
    const again = [ran(1, a), ran(3, counter, { n: { cellId: 'counter', run: 2 } })]
    expect(states([a, counter], again)).toEqual({ counter: 'out-of-order' })
  })
})

test('a failed or missing run is not verified', () => {
  expect(unverified([a, b], [{ ...ran(1, a), status: 'error' }])).toEqual([
    '2 cells did not run to their end',
  ])
})
