import { cp, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromium, oraclePython, repositoryRoot } from '../../test-data.fixture.js'
import { keepScreenshot, launchBrowser } from './browser.fixture.js'
import { errorsOf, notebookOf, openNotebook, runAll, setParameters } from './notebook-page.fixture.js'
import { type PythonJupyterLab, startPythonJupyterLab } from './python-jupyterlab.fixture.js'

/** People who have Python use the same notebooks in their JupyterLab, by our kernel alone. */
describe.skipIf(chromium === undefined || oraclePython === undefined)("Python's JupyterLab", () => {
  let folder: string
  let lab: PythonJupyterLab
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'medtune-lab-'))
    const root = path.join(folder, 'root')
    await cp(path.join(repositoryRoot, 'notebooks'), path.join(root, 'notebooks'), { recursive: true })
    const file = (name: string): string => path.join(root, 'notebooks', `${name}.ipynb`)
    await setParameters(file('finetuning-medical'), { backend: 'wasm', maxSteps: 2, maxLength: 128 })
    await setParameters(file('test-model'), { backend: 'wasm', maxNewTokens: 4 })
    lab = await startPythonJupyterLab(oraclePython ?? '', { root, work: path.join(folder, 'work') })
    browser = await launchBrowser()
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
    await page.goto(`${lab.origin}/lab?token=${lab.token}`)
  })
  afterAll(async () => {
    await browser?.close()
    await lab?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test.each([
    ['prepare-medical-data', 2],
    ['finetuning-medical', 2],
    ['test-model', 1],
  ])('runs %s and shows its plots, at least %i', async (name, plots) => {
    await openNotebook(page, `notebooks/${name}.ipynb`)
    await runAll(page)
    expect(await errorsOf(page)).toEqual([])
    const images = notebookOf(page).locator('.jp-OutputArea-output.jp-RenderedSVG')
    expect(await images.count()).toBeGreaterThanOrEqual(plots)
    const last = images.last()
    await last.scrollIntoViewIfNeeded()
    expect((await last.boundingBox())?.width).toBeGreaterThan(200)
    await keepScreenshot(page, `python-jupyterlab-${name}`)
  })
})
