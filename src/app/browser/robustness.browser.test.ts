import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeCell as cellOf, makeNotebook } from '../../notebook/notebook.fixture.js'
import { writeNotebook } from '../../notebook/notebook-file.js'
import { chromium } from '../../test-data.fixture.js'
import { keepScreenshot, type OpenedApp, openApp } from './browser.fixture.js'
import { largeNotebook } from './large-notebook.fixture.js'
import {
  acceptDialog,
  codeCell,
  notebookOf,
  openNotebook,
  patiently,
  typeCell,
  whenIdle,
  whenReady,
} from './notebook-page.fixture.js'

describe.skipIf(chromium === undefined)('the app holds when', () => {
  let app: OpenedApp
  beforeAll(async () => {
    app = await openApp({
      async prepare(root) {
        const small = makeNotebook(cellOf('1 + 1'), cellOf('2 + 2'))
        await writeNotebook(path.join(root, 'small.ipynb'), small)
        await writeFile(path.join(root, 'large.ipynb'), JSON.stringify(largeNotebook(50e6)))
      },
    })
  })
  afterAll(() => app?.close())

  test('a notebook is open in two tabs: who saves second is asked', async () => {
    const first = app.page
    await openNotebook(first, 'small.ipynb')
    const second = await app.newPage()
    await second.goto(first.url())
    await whenReady(second)
    await typeCell(first, codeCell(first, 0), '"from the first"')
    await first.keyboard.press('Control+s')
    const file = path.join(app.root, 'small.ipynb')
    await expect.poll(() => readFile(file, 'utf8'), patiently).toContain('from the first')
    await sleep(1000)
    await typeCell(second, codeCell(second, 0), '"from the second"')
    await second.keyboard.press('Control+s')
    const dialog = second.locator('.jp-Dialog')
    await dialog.getByText('changed on disk').waitFor()
    await keepScreenshot(second, 'conflict')
    await dialog.getByRole('button', { name: 'Revert' }).click()
    await expect
      .poll(() => codeCell(second, 0).locator('.cm-content').textContent(), patiently)
      .toContain('from the first')
    expect(await readFile(file, 'utf8')).toContain('from the first')
    await second.close()
  })

  test('the kernel is killed: the user is told, it starts again, the notebook is as it was', async () => {
    const { page } = app
    await openNotebook(page, 'small.ipynb')
    const sources = await notebookOf(page).locator('.cm-content').allTextContents()
    const [kernel] = app.server.registry.kernels
    if (kernel?.pid === undefined) throw new Error('There is no kernel.')
    process.kill(kernel.pid, 'SIGKILL')
    await page.locator('.jp-Dialog').getByText('appears to have died').waitFor()
    await keepScreenshot(page, 'kernel-died')
    await acceptDialog(page)
    await whenIdle(page)
    expect(await notebookOf(page).locator('.cm-content').allTextContents()).toEqual(sources)
    await codeCell(page, 1).locator('.cm-content').click()
    await page.keyboard.press('Shift+Enter')
    await expect
      .poll(() => codeCell(page, 1).locator('.jp-OutputArea-output').textContent(), patiently)
      .toContain('4')
  })

  test('a notebook has 50 MB of outputs: it opens', async () => {
    const { page } = app
    const startedAt = performance.now()
    await page.goto(`${app.server.origin}/lab/tree/large.ipynb?reset`)
    const output = notebookOf(page).locator('.jp-CodeCell .jp-OutputArea-output').first()
    await output.waitFor({ timeout: 100_000 })
    const seconds = (performance.now() - startedAt) / 1000
    console.log(`50 MB of outputs: seen after ${seconds.toFixed(1)} s`)
    await keepScreenshot(page, 'large')
    expect(await output.textContent()).toContain('update 100 of 1000')
    expect(await notebookOf(page).locator('table').count()).toBe(0)
  })
})
