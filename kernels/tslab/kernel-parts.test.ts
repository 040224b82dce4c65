import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'

const require = createRequire(import.meta.url)
const { topLevelBindings } = require('./cell-bindings.cjs') as typeof import('./cell-bindings.cjs')
const { CellScope } = require('./cell-scope.cjs') as typeof import('./cell-scope.cjs')
const { History } = require('./history.cjs') as typeof import('./history.cjs')
const { StreamBuffer } = require('./stream-buffer.cjs') as typeof import('./stream-buffer.cjs')
const { decode, encode, makeHeader } = require('./wire.cjs') as typeof import('./wire.cjs')
const { toDisplayBundle, toMimeBundle } = require('./mime-bundle.cjs') as typeof import('./mime-bundle.cjs')
const { describeDiagnostics } = require('./diagnostics.cjs') as typeof import('./diagnostics.cjs')

describe('variables shared by cells', () => {
  test('are read and written where they were declared', () => {
    const scope = new CellScope()
    let n = 1
    scope.forCell(['n']).bind({
      n: {
        get: () => n,
        set: (value: unknown) => {
          n = Number(value)
        },
      },
    })
    const later = scope.forCell([]).exports
    later.n = 5
    expect([n, later.n]).toEqual([5, 5])
    n = 6
    expect(later.n).toBe(6)
  })

  test('tell imports from values', () => {
    const cell =
      'const path = __importStar(require("path"));\nconst medtune_1 = require("medtune");\nlet path2 = path;'
    expect(topLevelBindings(cell)).toEqual([
      { name: 'path', isConst: true, isImported: true },
      { name: 'medtune_1', isConst: true, isImported: true },
      { name: 'path2', isConst: false, isImported: false },
    ])
  })

  test('that a cell exports without declaring them, as imports, are values', () => {
    const scope = new CellScope()
    const cell = scope.forCell(['fs'], 'result')
    cell.exports.fs = undefined
    cell.exports.fs = 'module'
    cell.exports.result = 42
    expect(scope.forCell([]).exports.fs).toBe('module')
    expect(cell.result()).toBe(42)
    expect(scope.forCell([]).exports.result).toBeUndefined()
  })

  test('mean again what they meant, if a failed cell did not reach their declaration', () => {
    const scope = new CellScope()
    scope.forCell(['a']).bind({ a: { get: () => 'old' } })
    const failed = scope.forCell(['a'])
    failed.bind({
      a: {
        get: () => {
          throw new ReferenceError('not yet')
        },
      },
    })
    failed.restoreUnreached()
    expect(scope.forCell([]).exports.a).toBe('old')
  })
})

test('history answers tail, range and search', () => {
  const history = new History()
  for (const [index, input] of ['a1', 'b2', 'a1', 'c3'].entries())
    history.add(index + 1, input, input.toUpperCase())
  const lines = (request: Parameters<typeof history.select>[0]) =>
    history.select(request).map(([, line]) => line)
  expect(lines({ hist_access_type: 'tail', n: 2 })).toEqual([3, 4])
  expect(lines({ hist_access_type: 'range', start: 2, stop: 4, session: 0 })).toEqual([2, 3])
  expect(lines({ hist_access_type: 'range', session: 7 })).toEqual([])
  expect(lines({ hist_access_type: 'search', pattern: 'a*' })).toEqual([1, 3])
  expect(lines({ hist_access_type: 'search', pattern: '?1', unique: true })).toEqual([3])
  expect(lines({ hist_access_type: 'search', pattern: 'a.' })).toEqual([])
  expect(history.select({ hist_access_type: 'tail', n: 1, output: true })).toEqual([[1, 4, ['c3', 'C3']]])
})

test('writes to one stream join until something else comes', () => {
  const sent: string[][] = []
  const buffer = new StreamBuffer((...message) => sent.push(message))
  for (const [cell, name, text] of [
    ['1', 'stdout', 'a'],
    ['1', 'stdout', 'b'],
    ['1', 'stderr', 'c'],
    ['2', 'stderr', 'd'],
  ] as const) {
    buffer.write(cell, name, text)
  }
  buffer.flush()
  buffer.flush()
  expect(sent).toEqual([
    ['1', 'stdout', 'ab'],
    ['1', 'stderr', 'c'],
    ['2', 'stderr', 'd'],
  ])
})

test('messages are signed, and others are refused', () => {
  const message = {
    identities: [Buffer.from('id')],
    header: makeHeader('x', 's'),
    parentHeader: {},
    metadata: {},
    content: '{"ready":1}',
    buffers: [Buffer.from('b')],
  }
  const frames = encode(message, 'key')
  expect(decode(frames, 'key')).toMatchObject({
    identities: [Buffer.from('id')],
    content: { ready: 1 },
    buffers: [Buffer.from('b')],
  })
  expect(() => decode(frames, 'other')).toThrow('signature')
  expect(() => decode([Buffer.from('x')], 'key')).toThrow('<IDS|MSG>')
})

test('values become MIME bundles', () => {
  const plot = {
    data: [],
    [Symbol.for('Jupyter.display')]: () => ({ 'image/png': new Uint8Array([1, 2, 3]) }),
  }
  expect(toMimeBundle(plot)).toEqual({ 'image/png': 'AQID' })
  expect(toMimeBundle({ 'text/html': 'x' })).toEqual({ 'text/plain': "{ 'text/html': 'x' }" })
  expect(toDisplayBundle({ 'text/html': 'x' })).toEqual({ 'text/html': 'x' })
  expect(toDisplayBundle('text')).toEqual({ 'text/plain': 'text' })
  expect(toDisplayBundle({})).toEqual({ 'text/plain': '{}' })
})

test('type errors show their line', () => {
  const position = (line: number, character: number) => ({ offset: 0, line, character })
  const diagnostic = {
    start: position(1, 4),
    end: position(1, 7),
    messageText: 'wrong',
    category: 1,
    code: 2322,
  }
  expect(
    describeDiagnostics([diagnostic, { ...diagnostic, fileName: 'other.ts' }], 'a\nlet bad').traceback,
  ).toEqual(['2:5 - error TS2322: wrong', '  let bad', '      ~~~', 'other.ts 2:5 - error TS2322: wrong'])
})
