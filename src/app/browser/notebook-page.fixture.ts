import type { Locator, Page } from 'playwright-core'
import { expect, onTestFailed } from 'vitest'
import { readNotebook, writeNotebook } from '../../notebook/notebook-file.js'
import { injectParameters, type NotebookParameters } from '../../notebook/parameters.js'
import { keepScreenshot } from './browser.fixture.js'

/** A notebook that is open in a page, used as people use it. */

/** For `expect.poll`: machines that test are busy. */
export const patiently = { timeout: 30_000 } as const

export function notebookOf(page: Page): Locator {
  return page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)')
}

/** Shows a notebook alone, and waits for its kernel. */
export async function openNotebook(page: Page, path: string): Promise<Locator> {
  explainFailure(page)
  await page.goto(`${new URL(page.url()).origin}/lab/tree/${path}?reset`)
  return whenReady(page)
}

export async function whenReady(page: Page): Promise<Locator> {
  const notebook = notebookOf(page)
  await notebook.locator('.jp-Cell').first().waitFor({ timeout: 60_000 })
  await whenIdle(page)
  return notebook
}

/** When the test that runs fails: what the page looked like, and what its cells reported. */
function explainFailure(page: Page): void {
  if (expect.getState().currentTestName === undefined) return
  onTestFailed(async ({ task }) => {
    await keepScreenshot(page, `failed-${task.name.replace(/\W+/g, '-').slice(0, 60)}`)
    console.log('Errors in cells:', await errorsOf(page))
  })
}

/** Waits for a text that tells of the state; unlike `expect.poll` it may be called in hooks. */
async function whenStateIs(wanted: string, state: () => Promise<string>, timeout: number): Promise<void> {
  const end = Date.now() + timeout
  for (let last = await state(); last !== wanted; last = await state()) {
    if (Date.now() > end) throw new Error(`"${last}" should have become "${wanted}"`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The kernel is there and idle, and no cell runs or waits. */
export async function whenIdle(page: Page, timeout = 100_000): Promise<void> {
  const notebook = notebookOf(page)
  const kernel = page.locator('.jp-StatusBar-TextItem', { hasText: ' | ' }).first()
  const state = async (): Promise<string> => {
    const prompts = await notebook.locator('.jp-InputPrompt').allTextContents()
    if (prompts.some((text) => text.includes('*'))) return 'cells wait'
    return ((await kernel.textContent({ timeout })) ?? '').replace(/.* \| /, '')
  }
  await whenStateIs('Idle', state, timeout)
}

/** Runs all cells by the menu, and waits until each has a number. */
export async function runAll(page: Page): Promise<void> {
  await chooseMenu(page, 'Run', 'Run All Cells')
  await whenAllRan(page)
}

export async function whenAllRan(page: Page, timeout = 100_000): Promise<void> {
  const prompts = notebookOf(page).locator('.jp-CodeCell .jp-InputPrompt')
  const waiting = async (): Promise<string[]> =>
    (await prompts.allTextContents()).filter((text) => !/^\[\d+\]:$/.test(text))
  const reached = async (): Promise<string> => {
    const left = await waiting()
    // After an error the cells below are not run.
    if (left.length > 0 && !left.some((text) => text.includes('*'))) return (await errorsOf(page)).join('\n')
    return left.length > 0 ? `${left.length} cells wait` : 'all ran'
  }
  await whenStateIs('all ran', reached, timeout)
  await whenIdle(page, timeout)
}

/** Through the menu bar: `chooseMenu(page, 'Run', 'Run All Cells')`. */
export async function chooseMenu(page: Page, ...labels: readonly string[]): Promise<void> {
  explainFailure(page)
  const [bar = '', ...items] = labels
  await page.locator('.lm-MenuBar-item', { hasText: new RegExp(`^${bar}$`) }).click()
  for (const [at, label] of items.entries()) {
    const item = page
      .locator('.lm-Menu')
      .nth(at)
      .locator('.lm-Menu-item', { has: page.locator('.lm-Menu-itemLabel', { hasText: label }) })
      .first()
    await item.click()
  }
}

/** Says yes to the dialog that is open. */
export async function acceptDialog(page: Page): Promise<void> {
  await page.locator('.jp-Dialog .jp-mod-accept').click()
}

/** A code cell, by its place among the code cells. */
export function codeCell(page: Page, place: number): Locator {
  return notebookOf(page).locator('.jp-CodeCell').nth(place)
}

/** Replaces the text of a cell as a user does. */
export async function typeCell(page: Page, cell: Locator, source: string): Promise<void> {
  await cell.locator('.cm-content').click()
  await page.keyboard.press('Control+a')
  await page.keyboard.insertText(source)
}

/** Texts of everything that kernels wrote as an error. */
export function errorsOf(page: Page): Promise<string[]> {
  return notebookOf(page)
    .locator(
      '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]',
    )
    .allTextContents()
}

/** Points (rows of a heatmap) in the first trace of the plot of this title; 0 before it is drawn. */
export function plottedPoints(page: Page, title: string): Promise<number> {
  return page.evaluate((wanted) => {
    const plots = [...document.querySelectorAll('.medtune-Plot')]
    const plot = plots.find((node) => node.getAttribute('aria-label')?.includes(wanted))
    const drawn = plot?.querySelector('.js-plotly-plot') as {
      data?: { x?: unknown[]; z?: unknown[] }[]
    } | null
    const [trace] = drawn?.data ?? []
    return (trace?.z ?? trace?.x ?? []).length
  }, title)
}

/** Gives a notebook on disk other parameters. */
export async function setParameters(file: string, values: NotebookParameters): Promise<void> {
  const notebook = await readNotebook(file)
  await injectParameters(notebook, values)
  await writeNotebook(file, notebook)
}
