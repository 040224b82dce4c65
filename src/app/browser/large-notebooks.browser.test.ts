import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeCell as cellOf, makeNotebook } from '../../notebook/notebook.fixture.js'
import { readNotebook, writeNotebook } from '../../notebook/notebook-file.js'
import { chromium } from '../../test-data.fixture.js'
import { keepScreenshot, type OpenedApp, openApp } from './browser.fixture.js'
import { largeNotebook } from './large-notebook.fixture.js'
import {
  chooseMenu,
  codeCell,
  notebookOf,
  openNotebook,
  patiently,
  plottedPoints,
  typeCell,
  whenIdle,
} from './notebook-page.fixture.js'

describe.skipIf(chromium === undefined)('large notebooks', () => {
  let app: OpenedApp
  const cells = (count: number) =>
    Array.from({ length: count }, (_, at) => cellOf(`const value${at} = ${at}`))
  // Printed lines, a table, a plot.
  const large = largeNotebook(6e5, 2e5)
  beforeAll(async () => {
    app = await openApp({
      async prepare(root) {
        await writeNotebook(path.join(root, 'large.ipynb'), large)
        await writeNotebook(path.join(root, 'many.ipynb'), makeNotebook(...cells(1000)))
        await writeNotebook(path.join(root, 'long.ipynb'), makeNotebook(...cells(210)))
      },
    })
  })
  afterAll(() => app?.close())

  test('large outputs are drawn when they come into view, also by the keyboard, and saved though never drawn', async () => {
    const { page, root } = app
    await openNotebook(page, 'large.ipynb')
    const table = codeCell(page, 1)
    expect(await codeCell(page, 0).locator('.jp-OutputArea-output').textContent()).toContain('update 100')
    expect(await table.locator('.jp-OutputArea-output').textContent()).toContain(
      'drawn when it comes into view',
    )
    await typeCell(page, codeCell(page, 0), 'show("again")')
    await page.keyboard.press('Control+s')
    const outputs = large.cells.map((cell) => (cell.cell_type === 'code' ? cell.outputs : []))
    const saved = async () => (await readNotebook(path.join(root, 'large.ipynb'))).cells
    await expect.poll(async () => (await saved())[0]?.source, patiently).toBe('show("again")')
    expect((await saved()).map((cell) => (cell.cell_type === 'code' ? cell.outputs : []))).toEqual(outputs)
    await page.keyboard.press('Escape')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await table.locator('td').first().waitFor()
    expect(await table.locator('.medtune-Deferred').count()).toBe(0)
    expect(await plottedPoints(page, 'Plot')).toBe(0)
    await codeCell(page, 2).locator('.jp-OutputArea-output').scrollIntoViewIfNeeded()
    await codeCell(page, 2).locator('.js-plotly-plot .main-svg').first().waitFor()
    await keepScreenshot(page, 'large-outputs')
  })

  test('a search in outputs finds what was not drawn yet', async () => {
    const { page } = app
    await openNotebook(page, 'large.ipynb')
    await codeCell(page, 0).locator('.cm-content').click()
    await page.keyboard.press('Control+f')
    await page.getByTitle('Show Search Filters').click()
    await page.getByText('Search Cell Outputs').click()
    await page.locator('.jp-DocumentSearch-input').first().fill('end')
    await codeCell(page, 1).locator('td').first().waitFor()
    const matches = page.locator('.jp-DocumentSearch-index-counter')
    await expect.poll(() => matches.textContent(), patiently).toMatch(/^\d+\/\d{3,}$/)
  })

  test('one can scroll through 1,000 cells, and find one', async () => {
    const { page } = app
    await openNotebook(page, 'many.ipynb')
    const cells = notebookOf(page).locator('.jp-CodeCell')
    // Drawn out of view when the page is idle, and hidden.
    await expect.poll(() => cells.count(), patiently).toBeGreaterThan(200)
    const scrolled = await page.evaluate(async () => {
      const scroller = document.querySelector('.jp-WindowedPanel-outer')
      if (scroller === null) throw new Error('There is no notebook.')
      const shownCells = (): number =>
        [...scroller.querySelectorAll<HTMLElement>('.jp-CodeCell')].filter(
          ({ style }) => style.display !== 'none',
        ).length
      let longestFrameMs = 0
      let mostCells = 0
      let last = performance.now()
      for (let frame = 0; frame < 200; frame++) {
        scroller.scrollTop += 400
        await new Promise(requestAnimationFrame)
        longestFrameMs = Math.max(longestFrameMs, performance.now() - last)
        mostCells = Math.max(mostCells, shownCells())
        last = performance.now()
      }
      return {
        longestFrameMs,
        mostCells,
        toTheEnd: scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight,
      }
    })
    console.log(`1,000 cells: the longest of 200 frames took ${scrolled.longestFrameMs.toFixed(0)} ms`)
    expect(scrolled.mostCells).toBeLessThan(60)
    expect(scrolled.toTheEnd).toBeLessThan(2)
    const shown = notebookOf(page).locator('.jp-CodeCell:visible')
    await expect.poll(async () => (await shown.last().textContent()) ?? '', patiently).toContain('value999')
    expect(await shown.count()).toBeLessThan(60)
    await keepScreenshot(page, 'many-cells')
    await shown.last().locator('.cm-content').click()
    await page.keyboard.press('Control+f')
    await page.locator('.jp-DocumentSearch-input').first().fill('value777 =')
    await page.keyboard.press('Enter')
    await notebookOf(page).getByText('value777').waitFor({ state: 'visible' })
  })

  test('cells out of view run, keep their results, and the keyboard leads to them', async () => {
    const { page, root } = app
    await openNotebook(page, 'long.ipynb')
    await chooseMenu(page, 'Run', 'Run All Cells')
    const last = notebookOf(page).locator('.jp-CodeCell', { hasText: 'value209' })
    await expect
      .poll(() => last.locator('.jp-InputPrompt').allTextContents(), { timeout: 100_000 })
      .toEqual(['[210]:'])
    await whenIdle(page)
    await page.keyboard.press('Control+s')
    const counts = async (): Promise<unknown[]> =>
      (await readNotebook(path.join(root, 'long.ipynb'))).cells.map(
        (cell) => cell.cell_type === 'code' && cell.execution_count,
      )
    await expect.poll(counts, patiently).toEqual(Array.from({ length: 210 }, (_, at) => at + 1))
    await page.keyboard.press('Escape')
    await page.keyboard.press('ArrowUp')
    await expect
      .poll(() => notebookOf(page).locator('.jp-mod-active').textContent(), patiently)
      .toContain('value208')
  })
})
