import { expect, test } from 'vitest'
import { chromium } from '../../test-data.fixture.js'
import { openApp } from './browser.fixture.js'

test.skipIf(chromium === undefined)(
  'a cell that is typed into a notebook runs, and its output appears; no other host is asked',
  async () => {
    const app = await openApp({ address: '/lab/tree/notebooks/test-model.ipynb' })
    try {
      const { page } = app
      expect(page.url()).not.toContain('token')
      const panel = page.locator('.jp-NotebookPanel:visible')
      await panel.locator('.jp-Cell').first().waitFor({ timeout: 60_000 })
      await page.getByText('TypeScript (tslab, medtune) | Idle').waitFor({ timeout: 60_000 })
      await panel.locator('.jp-Cell').first().click()
      await page.keyboard.press('Escape')
      await page.keyboard.press('a')
      await page.keyboard.press('y')
      await page.keyboard.press('Enter')
      await page.keyboard.insertText('[6 * 7, process.version.slice(0, 1)]')
      await page.keyboard.press('Shift+Enter')
      const output = panel.locator('.jp-Cell').first().locator('.jp-OutputArea-output')
      await output.first().waitFor({ timeout: 60_000 })
      expect(await output.first().innerText()).toContain("[ 42, 'v' ]")
      expect(app.foreignRequests).toEqual([])
      expect(app.problems).toEqual([])
    } finally {
      await app.close()
    }
  },
)
