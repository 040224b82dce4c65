import { expect, test } from 'vitest'
import type { ErrorOutput } from './nbformat.js'
import { codeCell, makeNotebook } from './notebook.fixture.js'
import { cellsToRun } from './notebook-runner.js'
import { summarizeRun, titleOf, toJunit } from './run-summary.js'

const error: ErrorOutput = {
  output_type: 'error',
  ename: 'RangeError',
  evalue: 'a < "b" & c',
  traceback: ['\u001b[31mRangeError\u001b[0m: a < b', '\u0000 at cell'],
}

function summary(): ReturnType<typeof summarizeRun> {
  const notebook = makeNotebook(
    codeCell('// first\nconst a = 1'),
    codeCell(''),
    codeCell('throw 1', { metadata: { tags: ['raises-exception'] } }),
    codeCell('b < a && "x"'),
    codeCell('after'),
  )
  const cells = cellsToRun(notebook)
  const results = cells.slice(0, 3).map((cell, index) => ({
    ...cell,
    seconds: index / 2,
    isOk: index < 2,
    ...(index > 0 ? { error } : {}),
  }))
  const report = { cells: 4, seconds: 2.5, results }
  return summarizeRun({ name: 'n.ipynb', startedAt: new Date(0), report, cells })
}

test('tells of every cell that is not empty how it ended', () => {
  const { cells, ...counts } = summary()
  expect(counts).toEqual({
    notebook: 'n.ipynb',
    startedAt: '1970-01-01T00:00:00.000Z',
    seconds: 2.5,
    passed: 2,
    failed: 1,
    skipped: 1,
  })
  expect(cells.map(({ index, title, status, seconds }) => [index, title, status, seconds])).toEqual([
    [1, 'const a = 1', 'passed', 0],
    [3, 'throw 1', 'passed', 0.5],
    [4, 'b < a && "x"', 'failed', 1],
    [5, 'after', 'skipped', 0],
  ])
  expect(cells[2]?.error).toEqual({
    ename: 'RangeError',
    evalue: 'a < "b" & c',
    traceback: 'RangeError: a < b\n\u0000 at cell',
  })
})

test('is XML that JUnit readers take', () => {
  const xml = toJunit(summary())
  expect(xml).toContain('<testsuites tests="4" failures="1" errors="0" skipped="1" time="2.500">')
  expect(xml).toContain(
    'name="[4] b &lt; a &amp;&amp; &quot;x&quot;" time="1.000"><failure type="RangeError" message="a &lt; &quot;b&quot; &amp; c">',
  )
  expect(xml).toContain('RangeError: a &lt; b\n\ufffd at cell</failure>')
  expect(xml).toContain('name="[5] after" time="0.000"><skipped/></testcase>')
})

test('a cell is called by its first line of code', () => {
  expect(titleOf('\n// why\n  const x = 1\nx')).toBe('const x = 1')
  expect(titleOf('')).toBe('')
})
