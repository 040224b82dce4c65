import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkAndRunScript, scriptFolder } from '../../notebook/script.fixture.js'
import { chromium } from '../../test-data.fixture.js'
import { keepScreenshot, type OpenedApp, openApp } from './browser.fixture.js'
import {
  chooseMenu,
  errorsOf,
  openNotebook,
  patiently,
  plottedPoints,
  runAll,
  setParameters,
  whenAllRan,
} from './notebook-page.fixture.js'

/** The three notebooks by "Run All Cells", each working on what the one before it wrote. */
describe.skipIf(chromium === undefined)('the notebooks in the browser', () => {
  let app: OpenedApp
  beforeAll(async () => {
    app = await openApp({
      async prepare(root) {
        const file = (name: string): string => path.join(root, 'notebooks', `${name}.ipynb`)
        await setParameters(file('finetuning-medical'), { backend: 'wasm', maxSteps: 6, maxLength: 256 })
        await setParameters(file('test-model'), { backend: 'wasm', maxNewTokens: 8 })
      },
    })
  })
  afterAll(() => app?.close())

  test('prepare-medical-data shows plots, tables and marked identifiers', async () => {
    const { page } = app
    const notebook = await openNotebook(page, 'notebooks/prepare-medical-data.ipynb')
    await runAll(page)
    expect(await errorsOf(page)).toEqual([])
    await expect.poll(() => page.locator('.js-plotly-plot').count(), patiently).toBeGreaterThanOrEqual(2)
    expect(await notebook.locator('.jp-OutputArea mark').count()).toBeGreaterThan(3)
    await keepScreenshot(page, 'prepare-medical-data')
  })

  test('finetuning-medical draws the loss while it trains', async () => {
    const { page } = app
    const notebook = await openNotebook(page, 'notebooks/finetuning-medical.ipynb')
    await chooseMenu(page, 'Run', 'Run All Cells')
    const training = notebook.locator('.jp-CodeCell', { hasText: 'makeTrainer(interruptSignal()).train()' })
    const seen = new Set<number>()
    await expect
      .poll(
        async () => {
          const isRunning = ((await training.locator('.jp-InputPrompt').textContent()) ?? '').includes('*')
          const steps = await plottedPoints(page, 'Training loss')
          if (isRunning && steps > 0 && steps < 6 && !seen.has(steps)) {
            seen.add(steps)
            await page.getByRole('figure', { name: 'Training loss' }).scrollIntoViewIfNeeded()
            await keepScreenshot(page, `loss-at-step-${steps}`)
          }
          return seen.size
        },
        { timeout: 100_000, interval: 100 },
      )
      .toBeGreaterThanOrEqual(2)
    await whenAllRan(page)
    expect(await errorsOf(page)).toEqual([])
    expect(await plottedPoints(page, 'Training loss')).toBe(6)
    await keepScreenshot(page, 'finetuning-medical')
  })

  test('test-model shows the attention as a heatmap', async () => {
    const { page } = app
    await openNotebook(page, 'notebooks/test-model.ipynb')
    await runAll(page)
    expect(await errorsOf(page)).toEqual([])
    const title = 'Attention of layer'
    await expect.poll(() => plottedPoints(page, title), patiently).toBeGreaterThan(5)
    await page.getByRole('figure', { name: title }).scrollIntoViewIfNeeded()
    await keepScreenshot(page, 'attention')
  })

  test('the Export menu downloads a script that type-checks and runs', async () => {
    const { page } = app
    await openNotebook(page, 'notebooks/prepare-medical-data.ipynb')
    const downloading = page.waitForEvent('download')
    await chooseMenu(page, 'File', 'Export Notebook', 'TypeScript Script')
    const download = await downloading
    expect(download.suggestedFilename()).toBe('prepare-medical-data.ts')
    const folder = await scriptFolder()
    const script = await readFile(await download.path(), 'utf8')
    expect(await checkAndRunScript(folder, script)).toContain('% valid')
  })

  test('nothing was asked of another host, and nothing was refused', () => {
    expect(app.foreignRequests).toEqual([])
    expect(app.problems).toEqual([])
  })
})
