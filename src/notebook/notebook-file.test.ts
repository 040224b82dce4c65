import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { codeCell, makeNotebook, markdownCell, temporaryFolder } from './notebook.fixture.js'
import { readNotebook, writeNotebook } from './notebook-file.js'
import { parseNotebook } from './parse-notebook.js'
import { serializeNotebook } from './serialize-notebook.js'

const canary = 'CANARY-4711'

const notebook = makeNotebook(
  markdownCell('# Título\n\ntext', { attachments: { 'a.png': { 'image/png': 'AAAA\nBBBB' } } }),
  codeCell('const a = 1\na', {
    execution_count: 3,
    metadata: { tags: ['x'] },
    outputs: [
      { output_type: 'stream', name: 'stdout', text: 'one\ntwo' },
      {
        output_type: 'execute_result',
        execution_count: 3,
        data: { 'text/plain': '1', 'application/json': ['not', 'lines'] },
        metadata: {},
      },
      { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['a', 'b'] },
    ],
  }),
)

describe('a notebook file', () => {
  test('is the same after writing and reading', () => {
    expect(parseNotebook(serializeNotebook(notebook))).toEqual(notebook)
  })

  test('that Jupyter would write does not change when saved again', () => {
    const text = serializeNotebook(notebook)
    expect(serializeNotebook(parseNotebook(text))).toBe(text)
    expect(text).toContain('"source": [\n    "const a = 1\\n",\n    "a"\n   ]')
    expect(text.endsWith('}\n')).toBe(true)
  })

  test('loses what belongs to a running front end', () => {
    const text = serializeNotebook({
      ...notebook,
      metadata: { ...notebook.metadata, signature: 'x', trusted: true },
    })
    expect(text).not.toMatch(/signature|trusted/)
  })

  test('of an older format gets ids, and repeated ids are replaced', () => {
    const cells = [
      { cell_type: 'raw', source: 'x', metadata: {} },
      ...[1, 2].map(() => ({ ...codeCell('1'), id: 'same' })),
    ]
    const parsed = parseNotebook(JSON.stringify({ nbformat: 4, nbformat_minor: 2, metadata: {}, cells }))
    expect(parsed.nbformat_minor).toBe(5)
    expect(new Set(parsed.cells.map(({ id }) => id)).size).toBe(3)
  })

  test('is replaced as a whole', async () => {
    const folder = await temporaryFolder()
    const file = path.join(folder, 'n.ipynb')
    await writeFile(file, 'old')
    await writeNotebook(file, notebook)
    expect(await readFile(file, 'utf8')).toBe(serializeNotebook(notebook))
    expect(await readdir(folder)).toEqual(['n.ipynb'])
    expect(await readNotebook(file)).toEqual(notebook)
  })

  test.each([
    ['no JSON', `{"x": ${canary}`],
    ['version 3', JSON.stringify({ nbformat: 3, worksheets: [canary] })],
    ['no cells', JSON.stringify({ nbformat: 4, metadata: {} })],
    ['a cell that is text', JSON.stringify({ nbformat: 4, metadata: {}, cells: [canary] })],
    [
      'an unknown cell',
      JSON.stringify({ nbformat: 4, metadata: {}, cells: [{ cell_type: 'x', source: canary }] }),
    ],
    [
      'an unknown output',
      JSON.stringify({ nbformat: 4, cells: [{ ...codeCell(''), outputs: [{ output_type: canary }] }] }),
    ],
    ['a source that is a number', JSON.stringify({ nbformat: 4, cells: [{ cell_type: 'raw', source: 3 }] })],
  ])('with %s is refused without showing its content', (_what, text) => {
    expect(() => parseNotebook(text, 'n.ipynb')).toThrow(
      expect.objectContaining({ code: 'INVALID_NOTEBOOK' }),
    )
    try {
      parseNotebook(text, 'n.ipynb')
    } catch (error) {
      expect(String(error)).toContain('n.ipynb')
      expect(String(error)).not.toContain(canary)
    }
  })

  test('that is missing says so', async () => {
    await expect(readNotebook('/no/such.ipynb')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})
