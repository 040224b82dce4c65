import axe from 'axe-core'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromium } from '../../test-data.fixture.js'
import { keepScreenshot, type OpenedApp, openApp } from './browser.fixture.js'
import { chooseMenu, codeCell, notebookOf, typeCell, whenIdle } from './notebook-page.fixture.js'

/** What axe-core calls serious or critical in a part of the page, one line each. */
async function violations(part: Locator): Promise<string[]> {
  const page = part.page()
  await page.evaluate(axe.source)
  const found = await part.evaluate(async (node) => {
    const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(node)
    return violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes.map(({ html }) => html) }))
  })
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, html }) => `${id}: ${html.join(' ')}`)
}

/** Presses Tab until the focus is in the part. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    if (await page.evaluate((part) => document.activeElement?.closest(part) != null, selector)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`80 times Tab did not lead to ${selector}`)
}

describe.skipIf(chromium === undefined)('our parts of the page', () => {
  let app: OpenedApp
  beforeAll(async () => {
    app = await openApp()
    await app.page.locator('.medtune-Notebooks button').first().waitFor({ timeout: 90_000 })
  })
  afterAll(() => app?.close())

  const runCommand = async (name: string): Promise<void> => {
    const { page } = app
    await page.keyboard.press('Control+Shift+c')
    await page.getByPlaceholder('SEARCH').fill(name)
    await page.locator('.lm-CommandPalette-item', { hasText: name }).first().waitFor()
    await page.keyboard.press('Enter')
  }

  test('the start page names the notebooks and what is at hand', async () => {
    const { page } = app
    const start = page.getByRole('region', { name: 'medtune notebooks' })
    const names = await start.getByRole('button').allTextContents()
    for (const name of ['prepare-medical-data', 'finetuning-medical', 'test-model'])
      expect(names.join()).toContain(`notebooks/${name}.ipynb`)
    for (const fact of ['Backend', 'Model', 'Data']) await start.getByText(fact, { exact: true }).waitFor()
    await keepScreenshot(page, 'start-page')
    expect(await violations(page.locator('.medtune-Start').first())).toEqual([])
    expect(await violations(page.locator('#medtune-logo').first())).toEqual([])
    expect(await page.title()).toContain('medtune')
    expect(await page.locator('link.favicon.idle').getAttribute('href')).toMatch(/favicon|svg/)
  })

  test('a notebook is opened from the start page by the keyboard alone', async () => {
    const { page } = app
    await page.locator('body').focus()
    await tabTo(page, '.medtune-Notebooks')
    await page.keyboard.press('Enter')
    await notebookOf(page).locator('.jp-Cell').first().waitFor()
    await whenIdle(page)
  })

  test('the panels are reached by shortcut and by the palette, and by Tab in them', async () => {
    const { page } = app
    await page.keyboard.press('Escape')
    await page.keyboard.press('Alt+Shift+V')
    await page.getByRole('region', { name: 'Variables' }).waitFor()
    await tabTo(page, '#medtune-variables input[type="search"]')
    expect(await violations(page.locator('#medtune-variables').first())).toEqual([])
    await runCommand('Show Training')
    await page.getByRole('region', { name: 'Training' }).waitFor()
    expect(await violations(page.locator('#medtune-training').first())).toEqual([])
  })

  test('the Export menu is reached by the keyboard', async () => {
    const { page } = app
    await chooseMenu(page, 'File', 'Export Notebook')
    await page.locator('.lm-Menu').nth(1).waitFor()
    expect(await violations(page.locator('.lm-Menu').nth(1))).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await notebookOf(page).locator('.jp-Cell').first().click()
    const downloading = page.waitForEvent('download')
    await runCommand('Export Notebook as Markdown')
    expect((await downloading).suggestedFilename()).toMatch(/\.md$/)
  })

  test.each(['JupyterLab Light', 'JupyterLab Dark'])('plots and cell marks in %s', async (theme) => {
    const { page } = app
    await chooseMenu(page, 'Settings', 'Theme', theme)
    await typeCell(
      page,
      codeCell(page, 0),
      `import { display, lossCurve } from 'medtune'\ndisplay(lossCurve([{ step: 1, loss: 3 }, { step: 2, loss: 2 }]))`,
    )
    await page.keyboard.press('Control+Enter')
    await notebookOf(page).locator('.js-plotly-plot .main-svg').first().waitFor({ timeout: 60_000 })
    expect(await violations(page.locator('.medtune-Plot').first())).toEqual([])
    await page.keyboard.insertText('\n')
    expect(await violations(page.locator('.medtune-CellMark').first())).toEqual([])
    expect(await violations(page.locator('#medtune-training').first())).toEqual([])
  })
})
