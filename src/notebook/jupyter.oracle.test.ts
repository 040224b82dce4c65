import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { oraclePython, repositoryRoot } from '../test-data.fixture.js'
import { installKernelSpec } from './install-kernel-spec.js'
import type { Notebook } from './nbformat.js'
import { codeCell, makeNotebook, markdownCell, temporaryFolder } from './notebook.fixture.js'
import { writeNotebook } from './notebook-file.js'
import { NotebookRunner } from './notebook-runner.js'
import { parseNotebook } from './parse-notebook.js'
import { serializeNotebook } from './serialize-notebook.js'

/** Runs a Python script that finds our kernel only where `medtune kernel install` put it. */
async function python(script: string, ...args: string[]): Promise<string> {
  const prefix = await temporaryFolder()
  await installKernelSpec({ prefix })
  const file = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await promisify(execFile)(oraclePython ?? 'python3', [file, ...args], {
    cwd: path.join(repositoryRoot, 'data'),
    env: { ...process.env, JUPYTER_PATH: path.join(prefix, 'share', 'jupyter') },
  })
  return stdout
}

describe.skipIf(oraclePython === undefined)("Jupyter's own programs", () => {
  test('find the kernel conforming: 12 tests of 12', async () => {
    const stdout = await python('kernel-conformance.fixture.py')
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({ run: 12, failed: [], skipped: 0 })
  })

  test('run a notebook to the same outputs as our runner', async () => {
    const folder = await temporaryFolder()
    const [input, output] = [path.join(folder, 'in.ipynb'), path.join(folder, 'out.ipynb')]
    const make = () =>
      makeNotebook(
        markdownCell('# Both'),
        codeCell("import { lossCurve, newDisplay } from 'medtune'\nconst live = newDisplay()"),
        codeCell('for (const loss of [3, 2]) live.update(lossCurve([{ step: 1, loss }]))'),
        codeCell('for (let i = 0; i < 20_000; i++) console.log(i)'),
        codeCell("console.error('e'); 6 * 7"),
      )
    await writeNotebook(input, make())
    await python('nbclient-run.fixture.py', input, output)
    const theirs = parseNotebook(readFileSync(output, 'utf8'))
    const ours = make()
    expect((await new NotebookRunner(ours, { folder: repositoryRoot }).run()).failure).toBeUndefined()
    expect(outputsOf(theirs)).toEqual(outputsOf(ours))
    // What nbformat wrote, we write byte for byte.
    expect(serializeNotebook(theirs)).toBe(readFileSync(output, 'utf8'))
  })

  test('stop at an error', async () => {
    const folder = await temporaryFolder()
    const input = path.join(folder, 'in.ipynb')
    writeFileSync(
      input,
      serializeNotebook(makeNotebook(codeCell("void Promise.reject(new Error('nobody waits'))"))),
    )
    await expect(
      python('nbclient-run.fixture.py', input, path.join(folder, 'out.ipynb')),
    ).rejects.toMatchObject({
      stderr: expect.stringContaining('nobody waits'),
    })
  })
})

function outputsOf(notebook: Notebook): unknown[] {
  return notebook.cells.map((cell) =>
    cell.cell_type === 'code' ? [cell.execution_count, cell.outputs] : cell.source,
  )
}
