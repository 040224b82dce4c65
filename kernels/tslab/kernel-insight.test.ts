import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'

const require = createRequire(import.meta.url)
const { cellNames } = require('./cell-names.cjs') as typeof import('./cell-names.cjs')
const { CellLog } = require('./cell-log.cjs') as typeof import('./cell-log.cjs')
const { describeValue } = require('./describe-value.cjs') as typeof import('./describe-value.cjs')

describe('the names of a cell', () => {
  test('are what it declares, imports included', () => {
    const code = `import a, { b as c } from 'x'; import * as d from 'y'
      const { e, f: [g] } = c(), h = 1; function i() {} class J {} interface K {} type L = K; enum M { n }`
    expect(cellNames(code).declares).toEqual(['a', 'c', 'd', 'e', 'g', 'h', 'i', 'J', 'K', 'L', 'M'])
  })

  test('are what it uses and sets of other cells, not members, labels or locals', () => {
    const code = `total += rows.map((row) => row.size + scale).length; best = { total, worst: 1 }
      const f = (x: Kind) => { let scale = x; return scale }; out: for (const i of list) break out; f.rows`
    const { uses, assigns } = cellNames(code)
    expect(uses.sort()).toEqual(['Kind', 'list', 'rows', 'scale', 'total'])
    expect(assigns.sort()).toEqual(['best', 'total'])
  })
})

test('the log tells whose variable a run found', () => {
  const log = new CellLog()
  const run = (cellId: string, source: string) => log.start({ cellId, source, names: cellNames(source) })
  run('a', 'let n = 1')
  run('b', 'n += 1; console.log(n)')
  expect(run('c', 'n').uses).toEqual({ n: { cellId: 'b', run: 2 } })
  expect(run('b', 'n += 1; console.log(n)').uses).toEqual({ n: { cellId: 'b', run: 2 } })
  expect(log.runs.map(({ cellId, run: at }) => [cellId, at])).toEqual([
    ['a', 1],
    ['b', 4],
    ['c', 3],
  ])
})

describe('a value is described', () => {
  test.each([
    ['Maria', { type: 'string', size: '5 characters', dtype: '' }],
    [0.5, { type: 'number', size: '0.5', dtype: '' }],
    [null, { type: 'null', size: '', dtype: '' }],
    [new Float32Array(6), { type: 'Float32Array', size: '[6]', dtype: 'float32', bytes: 24 }],
    [
      { shape: [2, 3], dtype: 'float32' },
      { type: 'Object', size: '[2, 3]', dtype: 'float32', bytes: 24 },
    ],
    [[{ data: new Uint8Array(8) }, 2], { type: 'Array', size: '2 items', dtype: '', bytes: 8 }],
    [new Map([[1, 2]]), { type: 'Map', size: '1 entries', dtype: '' }],
    [class A {}, { type: 'class', size: '', dtype: '' }],
    [new Proxy({}, {}), { type: 'Proxy', size: '', dtype: '' }],
  ])('%#', (value, summary) => {
    expect(describeValue(value)).toEqual(summary)
  })

  test('without running its code', () => {
    let calls = 0
    const trap = () => {
      calls += 1
      return [1]
    }
    class Sly {
      get shape() {
        return trap()
      }
      get size() {
        return trap()
      }
      toString() {
        return String(trap())
      }
    }
    const own = Object.defineProperties(
      {},
      { shape: { get: trap, enumerable: true }, constructor: { get: trap } },
    )
    describeValue(new Sly())
    describeValue(own)
    describeValue(Object.defineProperty([1], 0, { get: trap }))
    describeValue(Object.create(new Proxy({}, { get: trap, getOwnPropertyDescriptor: trap as never })))
    expect(calls).toBe(0)
  })
})
