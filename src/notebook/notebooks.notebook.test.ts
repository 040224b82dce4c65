import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repositoryRoot } from '../test-data.fixture.js'
import { exportScript } from './export-script.js'
import type { Notebook } from './nbformat.js'
import { readNotebook } from './notebook-file.js'
import { NotebookRunner } from './notebook-runner.js'
import { checkAndRunScript } from './script.fixture.js'

const folder = path.join(repositoryRoot, 'notebooks')
const MIME_PLOT = 'application/vnd.plotly.v1+json'

/** The three notebooks on small settings, each working on what the one before it wrote. */
describe('the notebooks', () => {
  const work = path.join(repositoryRoot, '.vitest', `notebooks-${process.pid}`)
  beforeAll(() => mkdir(work, { recursive: true }))
  afterAll(() => rm(work, { recursive: true, force: true }))
  const notebooks = [
    {
      name: 'prepare-medical-data',
      plots: 2,
      parameters: () => ({ outputDir: path.join(work, 'prepared') }),
    },
    {
      name: 'finetuning-medical',
      plots: 2,
      parameters: () => ({
        backend: 'wasm',
        dataset: path.join(work, 'prepared', 'formatted_medical_dataset.json'),
        outputDir: path.join(work, 'adapter'),
        maxSteps: 2,
        maxLength: 256,
      }),
    },
    {
      name: 'test-model',
      plots: 4,
      parameters: () => ({
        ...{ backend: 'wasm', modelPath: path.join(work, 'adapter') },
        ...{ maxNewTokens: 4, evaluationLimit: 4 },
      }),
    },
  ]

  test.each(notebooks)(
    '$name runs from top to bottom with counts and plots',
    async ({ name, plots, parameters }) => {
      const notebook = await readNotebook(path.join(folder, `${name}.ipynb`))
      const report = await new NotebookRunner(notebook, { folder, parameters: parameters() }).run()
      expect(report.failure?.error).toBeUndefined()
      expect(countPlots(notebook)).toBeGreaterThanOrEqual(plots)
      if (name === 'prepare-medical-data') expectHighlights(notebook)
      const counts = notebook.cells.flatMap((cell) =>
        cell.cell_type === 'code' ? [cell.execution_count] : [],
      )
      expect(counts).toEqual(counts.map((_, index) => index + 1))
      const script = await exportScript(notebook, { folder: path.relative(work, folder) })
      expect(await checkAndRunScript(work, script)).not.toBe('')
    },
  )
})

/** The made-up example: a table of kinds, and the text before and after with what was found marked. */
function expectHighlights(notebook: Notebook): void {
  const cell = notebook.cells.find(({ id }) => id === 'anonymize-highlight')
  const outputs = cell?.cell_type === 'code' ? cell.outputs : []
  const [table = '', highlight = ''] = outputs.map((output) =>
    'data' in output ? String(output.data['text/html']) : '',
  )
  expect(table).toMatch(/^<table>.*EMAIL.*total/)
  for (const kind of ['DATA', 'PACIENTE_ID', 'TELEFONE', 'EMAIL']) {
    expect(highlight).toContain(`<mark title="${kind}"`)
    expect(highlight).toContain(`>[${kind}]</mark>`)
  }
}

function countPlots(notebook: Notebook): number {
  const outputs = notebook.cells.flatMap((cell) => (cell.cell_type === 'code' ? cell.outputs : []))
  return outputs.filter(
    (output) => 'data' in output && MIME_PLOT in output.data && 'image/svg+xml' in output.data,
  ).length
}
