import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeCell, makeNotebook } from '../../../notebook/notebook.fixture.js'
import { writeNotebook } from '../../../notebook/notebook-file.js'
import { chromium } from '../../../test-data.fixture.js'
import { keepScreenshot, type OpenedApp, openApp } from '../browser.fixture.js'
import {
  chooseMenu,
  notebookOf,
  openNotebook,
  patiently,
  plottedPoints,
  runAll,
} from '../notebook-page.fixture.js'

const source = `import { display, lossCurve } from 'medtune'
display(lossCurve([{ step: 1, loss: 3 }, { step: 2, loss: 2 }], { title: 'Loss of a test' }))`

const growing = `import { lossCurve, newDisplay } from 'medtune'
const plot = newDisplay()
const history = []
for (let step = 1; step <= 20; step += 1) {
  history.push({ step, loss: 3 / step })
  plot.update(lossCurve(history, { title: 'Loss that grows' }))
  await new Promise((resolve) => setTimeout(resolve, 200))
}`

describe.skipIf(chromium === undefined)('a plot', () => {
  let app: OpenedApp
  beforeAll(async () => {
    app = await openApp({
      prepare: async (root) => {
        await writeNotebook(path.join(root, 'plot.ipynb'), makeNotebook(codeCell(source)))
        await writeNotebook(path.join(root, 'growing.ipynb'), makeNotebook(codeCell(growing)))
      },
    })
    await openNotebook(app.page, 'plot.ipynb')
    await runAll(app.page)
    await plot().waitFor()
  })
  afterAll(() => app?.close())

  const plot = () => notebookOf(app.page).locator('.js-plotly-plot .main-svg').first()
  const ink = (): Promise<string> =>
    notebookOf(app.page)
      .locator('.js-plotly-plot .xtick text')
      .first()
      .evaluate((text) => getComputedStyle(text).fill)

  test('has a name that a screen reader reads', async () => {
    await notebookOf(app.page).getByRole('figure', { name: 'Plot: Loss of a test' }).waitFor()
  })

  test('follows the theme', async () => {
    const { page } = app
    const light = await ink()
    await chooseMenu(page, 'Settings', 'Theme', 'JupyterLab Dark')
    await expect.poll(ink, patiently).not.toBe(light)
    await keepScreenshot(page, 'plot-dark')
    await chooseMenu(page, 'Settings', 'Theme', 'JupyterLab Light')
    await expect.poll(ink, patiently).toBe(light)
  })

  test('takes the width that there is', async () => {
    const { page } = app
    const width = async (): Promise<number> => (await plot().boundingBox())?.width ?? 0
    const before = await width()
    await page.setViewportSize({ width: 1000, height: 900 })
    await expect.poll(width, patiently).toBeLessThan(before - 200)
    await page.setViewportSize({ width: 1400, height: 900 })
    await expect.poll(width, patiently).toBe(before)
  })

  test('is saved as PNG and as SVG', async () => {
    const { page } = app
    const save = async (title: string): Promise<Buffer> => {
      const downloading = page.waitForEvent('download')
      await plot().hover()
      await page.locator(`.modebar-btn[data-title="${title}"]`).click()
      return readFile(await (await downloading).path())
    }
    expect((await save('Download plot as a PNG')).subarray(1, 4).toString()).toBe('PNG')
    expect((await save('Download plot as SVG')).toString()).toMatch(/^<svg[\s\S]*Loss of a test/)
    expect(app.problems).toEqual([])
    expect(app.foreignRequests).toEqual([])
  })
  test('shows its newest state when it changed while the library was on its way', async () => {
    const { page } = app
    await page.route('**/plotly*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 4_000))
      await route.continue()
    })
    await openNotebook(page, 'growing.ipynb')
    await runAll(page)
    await expect.poll(() => plottedPoints(page, 'Loss that grows'), patiently).toBe(20)
    await page.unroute('**/plotly*')
  })
})
