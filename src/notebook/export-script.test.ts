import { describe, expect, test } from 'vitest'
import { exportScript } from './export-script.js'
import type { Notebook } from './nbformat.js'
import { codeCell, makeNotebook, markdownCell } from './notebook.fixture.js'
import { checkAndRunScript, scriptFolder } from './script.fixture.js'

async function checkAndRun(notebook: Notebook): Promise<string> {
  return checkAndRunScript(
    await scriptFolder(),
    await exportScript(notebook, { name: 'n.ipynb', folder: '' }),
  )
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
        codeCell("mode = 'a'\nlist = list.length > 3 ? [] : [1]", {
          metadata: { tags: ['injected-parameters'] },
        }),
        codeCell("if (mode === 'b') console.log('b')\nlist.length"),
      ),
    )
    expect(printed).toBe('1\n')
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
