import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { exportScript } from './export-script.js'
import type { Notebook } from './nbformat.js'
import { codeCell, makeNotebook, markdownCell, temporaryFolder } from './notebook.fixture.js'

/** Type-checks the script as strictly as this project, runs it with Node, and gives back what it printed. */
async function checkAndRun(notebook: Notebook): Promise<string> {
  const parent = path.join(repositoryRoot, '.vitest')
  mkdirSync(parent, { recursive: true })
  const folder = await temporaryFolder(parent)
  const file = path.join(folder, 'script.ts')
  writeFileSync(file, await exportScript(notebook, { name: 'n.ipynb', folder: '' }))
  const { config } = ts.readConfigFile(path.join(repositoryRoot, 'tsconfig.json'), ts.sys.readFile)
  const parsed = ts.parseJsonConfigFileContent(
    { compilerOptions: config.compilerOptions },
    ts.sys,
    repositoryRoot,
  )
  const options = {
    ...parsed.options,
    rootDir: folder,
    outDir: folder,
    noUnusedLocals: false,
    declaration: false,
    isolatedDeclarations: false,
  }
  const program = ts.createProgram([file], options)
  const problems = ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  expect(problems).toEqual([])
  program.emit()
  return execFileSync(process.execPath, [path.join(folder, 'script.js')], { encoding: 'utf8', cwd: '/' })
}

describe('a notebook as a script', () => {
  test('prints what its cells show', async () => {
    const printed = await checkAndRun(
      makeNotebook(
        markdownCell('# Title\n\n*/ text'),
        codeCell(
          "import path from 'node:path'\nimport { readFileSync, type Stats } from 'node:fs'\nlet size: Stats['size'] = 2",
        ),
        codeCell(
          "import { readFileSync, existsSync } from 'node:fs'\nconst here = existsSync('script.ts')\nhere",
        ),
        codeCell('const value = await Promise.resolve(size * 21)\nvalue'),
        codeCell('size = 5'),
        codeCell("console.log(path.basename('/a/b'), readFileSync.length >= 0)"),
        codeCell('?value'),
        codeCell('null'),
      ),
    )
    expect(printed).toBe('true\n42\nb true\n')
  })

  test('may declare names again, in variables, functions, types and imports', async () => {
    const printed = await checkAndRun(
      makeNotebook(
        codeCell('const again = 1\nfunction f() { return again }\ninterface Shape { a: number }'),
        codeCell(
          "const again = 'two'\ninterface Shape { b: string }\nconst shape: Shape = { b: again }\nshape.b + f()",
        ),
        codeCell("import { basename as again } from 'node:path'\nagain('/x/y')"),
        codeCell("import { basename } from 'node:path'\nbasename('/p/q') + again('/r')"),
      ),
    )
    expect(printed).toBe('two1\ny\nqr\n')
  })

  test('keeps the choice that a parameter leaves open', async () => {
    const printed = await checkAndRun(
      makeNotebook(
        codeCell("let mode: 'a' | 'b' = 'a'\nlet list: number[] = []", {
          metadata: { tags: ['parameters'] },
        }),
        codeCell("if (mode === 'b') console.log('b')\nlist.length"),
      ),
    )
    expect(printed).toBe('0\n')
  })

  test('shows displays and plots as text', async () => {
    const printed = await checkAndRun(
      makeNotebook(
        codeCell("import { display, interruptSignal, lossCurve, newDisplay } from 'medtune'"),
        codeCell(
          "const live = newDisplay()\nfor (const loss of [2, 1]) live.update(lossCurve([{ step: 1, loss }]))\ndisplay({ 'text/html': '<b>', 'text/plain': 'plain' })",
        ),
        codeCell('interruptSignal().aborted'),
        codeCell('lossCurve([])'),
      ),
    )
    expect(printed).toBe(
      'Training loss: 2.0000 at step 1 (1 points)\nTraining loss: 1.0000 at step 1 (1 points)\nplain\nfalse\nTraining loss: no points yet\n',
    )
  })
})
