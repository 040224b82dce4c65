import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeCell as cellOf, makeNotebook } from '../../../notebook/notebook.fixture.js'
import { writeNotebook } from '../../../notebook/notebook-file.js'
import { chromium } from '../../../test-data.fixture.js'
import { keepScreenshot, type OpenedApp, openApp } from '../browser.fixture.js'
import {
  acceptDialog,
  chooseMenu,
  codeCell,
  openNotebook,
  patiently,
  runAll,
  typeCell,
  whenIdle,
} from '../notebook-page.fixture.js'

const cells = [
  'let factor = 2',
  'const product = factor * 21',
  `import * as tf from '@tensorflow/tfjs'
import * as dfd from 'danfojs-node'
const weights = tf.zeros([2, 3])
const table = new dfd.DataFrame([{ age: 61, name: 'a' }, { age: 70, name: 'b' }])
const bytes = new Uint8Array(2048)`,
]

describe.skipIf(chromium === undefined)('what the page shows of the cells', () => {
  let app: OpenedApp
  beforeAll(async () => {
    app = await openApp({
      prepare: (root) =>
        writeNotebook(path.join(root, 'cells.ipynb'), makeNotebook(...cells.map((source) => cellOf(source)))),
    })
    await openNotebook(app.page, 'cells.ipynb')
  })
  afterAll(() => app?.close())

  const marks = (): Promise<string[]> => app.page.locator('.medtune-CellMark').allTextContents()

  test('the Variables panel lists tensors and tables with dtype, shape and bytes', async () => {
    const { page } = app
    await runAll(page)
    await page.getByRole('tab', { name: 'Variables' }).click()
    const panel = page.getByRole('region', { name: 'Variables' })
    const row = async (name: string): Promise<string[]> =>
      panel
        .getByRole('row')
        .filter({ has: page.getByRole('cell', { name, exact: true }) })
        .getByRole('cell')
        .allTextContents()
    await expect.poll(() => row('factor'), patiently).toEqual(['factor', 'number', '2', '', ''])
    expect(await row('weights')).toEqual(['weights', 'Tensor', '[2, 3]', 'float32', '24 B'])
    expect(await row('table')).toEqual(['table', 'DataFrame', '[2, 2]', 'int32, string', '64 B'])
    expect(await row('bytes')).toEqual(['bytes', 'Uint8Array', '[2048]', 'uint8', '2.0 KB'])
    await panel.getByRole('searchbox').fill('tensor')
    await expect.poll(() => panel.getByRole('row').count(), patiently).toBe(2)
    await keepScreenshot(page, 'variables')
  })

  test('a change above marks the cells below, until they have run again', async () => {
    const { page } = app
    expect(await marks()).toEqual([])
    await typeCell(page, codeCell(page, 0), 'let factor = 3')
    await expect
      .poll(marks, patiently)
      .toEqual([
        'Edited: Not run since it was changed.',
        'Out of date: The cell that sets factor is out of date.',
      ])
    await keepScreenshot(page, 'stale-cells')
    await page.keyboard.press('Shift+Enter')
    await expect.poll(marks, patiently).toEqual(['Out of date: The cell that sets factor ran again since.'])
    await page.keyboard.press('Shift+Enter')
    await expect.poll(marks, patiently).toEqual([])
  })

  test('"Restart Kernel and Run All Cells" says whether the results are those of one run', async () => {
    const { page } = app
    const restartAndRunAll = async (): Promise<void> => {
      await whenIdle(page)
      await chooseMenu(page, 'Kernel', 'Restart Kernel and Run All Cells')
      await acceptDialog(page)
    }
    await restartAndRunAll()
    await page
      .getByText('Verified: all 3 code cells ran from top to bottom in a fresh kernel.')
      .waitFor({ timeout: 60_000 })
    await keepScreenshot(page, 'verified')
    await typeCell(page, codeCell(page, 1), 'throw new Error("no")')
    await restartAndRunAll()
    await page
      .getByText('Not verified: 2 cells did not run to their end', { exact: false })
      .waitFor({ timeout: 60_000 })
  })
})
