import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import type { Notebook } from './nbformat.js'
import { codeCell, makeNotebook, markdownCell, temporaryFolder } from './notebook.fixture.js'
import { writeNotebook } from './notebook-file.js'
import { NotebookRunner, type RunOptions } from './notebook-runner.js'
import { parseNotebook } from './parse-notebook.js'

const run = (notebook: Notebook, options: Partial<RunOptions> = {}) =>
  new NotebookRunner(notebook, { folder: repositoryRoot, ...options }).run()

describe('a notebook run', () => {
  test('keeps outputs, counts and live displays, and saves after every cell', async () => {
    const notebook = makeNotebook(
      markdownCell('# Title'),
      codeCell('let n = 2', { metadata: { tags: ['parameters'] }, execution_count: 99 }),
      codeCell("import { newDisplay } from 'medtune'\nconst live = newDisplay(); live.update('start')"),
      codeCell("live.update('end'); console.log('n is', n)\nn * 2"),
      codeCell('   '),
    )
    const saved: number[] = []
    const report = await run(notebook, {
      parameters: { n: '21' },
      onSave: async ({ cells }) => {
        saved.push(cells.filter((cell) => cell.cell_type === 'code' && cell.execution_count !== null).length)
      },
    })
    expect(report.failure).toBeUndefined()
    expect(saved).toEqual([1, 2, 3, 4])
    const code = notebook.cells.filter((cell) => cell.cell_type === 'code')
    expect(code.map(({ execution_count }) => execution_count)).toEqual([1, 2, 3, 4, null])
    expect(code[2]?.outputs).toMatchObject([{ output_type: 'display_data', data: { 'text/plain': 'end' } }])
    expect(code[3]?.outputs).toMatchObject([
      { output_type: 'stream', text: 'n is 21\n' },
      { output_type: 'execute_result', execution_count: 4, data: { 'text/plain': '42' } },
    ])
  })

  test('stops at the first error', async () => {
    const notebook = makeNotebook(codeCell('1'), codeCell("throw new Error('stop here')"), codeCell('3'))
    const report = await run(notebook)
    expect(report).toMatchObject({
      cells: 2,
      failure: { index: 2, error: { ename: 'Error', evalue: 'stop here' } },
    })
    expect(notebook.cells[1]).toMatchObject({
      execution_count: 2,
      outputs: [{ output_type: 'error', evalue: 'stop here' }],
    })
    expect(notebook.cells[2]).toMatchObject({ execution_count: null, outputs: [] })
  })

  test('fails when a promise that nobody waited for fails', async () => {
    const notebook = makeNotebook(
      codeCell("setTimeout(() => { throw new Error('too late') }, 50)"),
      codeCell('await new Promise((r) => setTimeout(r, 1000))'),
    )
    expect(await run(notebook)).toMatchObject({ failure: { error: { evalue: 'too late' } } })
  })

  test('fails with the cell when its kernel dies', async () => {
    const notebook = makeNotebook(
      codeCell("process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})"),
    )
    expect(await run(notebook)).toMatchObject({ failure: { index: 1, error: { ename: 'KERNEL_FAILED' } } })
  })

  test('ends a cell that takes too long, and its kernel', async () => {
    const notebook = makeNotebook(codeCell('console.log(process.pid); while (true) {}'))
    expect(await run(notebook, { cellTimeoutMs: 15_000 })).toMatchObject({
      failure: { error: { ename: 'CELL_FAILED' } },
    })
    expect(isRunning(notebook)).toBe(false)
  })

  test('ends with its signal, and its kernel with it', async () => {
    const controller = new AbortController()
    const notebook = makeNotebook(codeCell('console.log(process.pid)'), codeCell('while (true) {}'))
    const running = run(notebook, {
      signal: controller.signal,
      onCellStart: ({ index }) => {
        if (index === 2) setTimeout(() => controller.abort(), 300)
      },
    })
    await expect(running).rejects.toMatchObject({ code: 'INTERRUPTED' })
    expect(isRunning(notebook)).toBe(false)
  })
})

/** Whether the kernel that printed its process id in the first cell is alive. */
function isRunning(notebook: Notebook): boolean {
  const output = notebook.cells[0]?.cell_type === 'code' ? notebook.cells[0].outputs[0] : undefined
  const pid = output?.output_type === 'stream' ? Number(output.text) : 0
  expect(pid).toBeGreaterThan(0)
  return existsSync(`/proc/${pid}`)
}

describe('the command line', () => {
  const medtune = async (...args: string[]) => {
    const command = [path.join(repositoryRoot, 'src/app/cli/bin.mjs'), ...args]
    const done = await promisify(execFile)(process.execPath, command, { cwd: repositoryRoot }).catch(
      (error) => error,
    )
    return { code: done.code ?? 0, stdout: String(done.stdout), stderr: String(done.stderr) }
  }

  test('run executes a notebook, in its folder, with parameters', async () => {
    const folder = await temporaryFolder()
    const [input, output] = [path.join(folder, 'in.ipynb'), path.join(folder, 'out.ipynb')]
    const notebook = makeNotebook(
      codeCell("let name = 'x'", { metadata: { tags: ['parameters'] } }),
      codeCell("import { existsSync } from 'node:fs'\nconsole.log(name, existsSync('in.ipynb'))"),
    )
    await writeNotebook(input, notebook)
    const { code, stdout } = await medtune('run', input, '-p', 'name=Ada', '-o', output, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ failedCell: null, cells: 3 })
    expect(parseNotebook(readFileSync(output, 'utf8')).cells[2]).toMatchObject({
      outputs: [{ text: 'Ada true\n' }],
    })
    expect(parseNotebook(readFileSync(input, 'utf8')).cells).toHaveLength(2)
  })

  test('run shows the failed cell and exits with an error', async () => {
    const file = path.join(await temporaryFolder(), 'n.ipynb')
    await writeNotebook(file, makeNotebook(codeCell("const before = 1\nthrow new Error('no ' + before)")))
    const { code, stderr } = await medtune('run', file)
    expect(code).toBe(7)
    expect(stderr).toContain('Cell 1 failed')
    expect(stderr).toContain("   2 | throw new Error('no ' + before)")
    expect(stderr).toContain('Error: no 1')
    expect(parseNotebook(readFileSync(file, 'utf8')).cells[0]).toMatchObject({
      outputs: [{ output_type: 'error' }],
    })
  })

  test('export writes script, Markdown with its pictures, and HTML', async () => {
    const folder = await temporaryFolder()
    const file = path.join(folder, 'n.ipynb')
    const picture = {
      output_type: 'display_data' as const,
      data: { 'image/svg+xml': '<svg/>' },
      metadata: {},
    }
    await writeNotebook(file, makeNotebook(codeCell('1 + 1', { outputs: [picture] })))
    for (const format of ['script', 'markdown', 'html'])
      expect((await medtune('export', file, '--to', format)).code).toBe(0)
    expect(readFileSync(path.join(folder, 'n.ts'), 'utf8')).toContain('showResult(1 + 1)')
    expect(readFileSync(path.join(folder, 'n.md'), 'utf8')).toContain('(n_files/cell-1-output-1.svg)')
    expect(readFileSync(path.join(folder, 'n_files/cell-1-output-1.svg'), 'utf8')).toBe('<svg/>')
    expect(readFileSync(path.join(folder, 'n.html'), 'utf8')).toContain('<!doctype html>')
  })

  test('kernel install, list and remove', async () => {
    const prefix = await temporaryFolder()
    expect((await medtune('kernel', 'install', '--prefix', prefix)).code).toBe(0)
    expect(existsSync(path.join(prefix, 'share/jupyter/kernels/medtune/kernel.json'))).toBe(true)
    expect((await medtune('kernel', 'list')).code).toBe(0)
    expect((await medtune('kernel', 'remove', '--prefix', prefix)).stdout).toContain('Removed')
    expect((await medtune('kernel', 'instal')).code).toBe(2)
    expect((await medtune('kernel', 'install', '--user', '--sys-prefix')).code).toBe(2)
  })
})
