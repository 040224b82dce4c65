import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromium } from '../../../test-data.fixture.js'
import { keepScreenshot, type OpenedApp, openApp } from '../browser.fixture.js'
import {
  acceptDialog,
  chooseMenu,
  errorsOf,
  notebookOf,
  openNotebook,
  patiently,
  plottedPoints,
  setParameters,
  whenIdle,
} from '../notebook-page.fixture.js'

describe.skipIf(chromium === undefined)('a training in the browser', () => {
  let app: OpenedApp
  beforeAll(async () => {
    app = await openApp({
      prepare: (root) =>
        setParameters(path.join(root, 'notebooks/finetuning-medical.ipynb'), {
          ...{ backend: 'wasm', maxSteps: 500, maxLength: 128 },
        }),
    })
  })
  afterAll(() => app?.close())

  const steps = (): Promise<number> => plottedPoints(app.page, 'Training loss')
  const whenTrained = (atLeast: number): Promise<void> =>
    expect.poll(steps, { timeout: 90_000, interval: 100 }).toBeGreaterThanOrEqual(atLeast)
  const trainingCell = () =>
    notebookOf(app.page).locator('.jp-CodeCell', { hasText: 'makeTrainer(interruptSignal()).train()' })
  const adapter = (): string => path.join(app.root, 'lora_model_medical')
  const saved = async (): Promise<{ status: string; steps: number }> => {
    const { status, log } = JSON.parse(await readFile(path.join(adapter(), 'training_log.json'), 'utf8'))
    return { status, steps: log.length }
  }

  test('goes on when the page is loaded again: its plot is there and follows it', async () => {
    const { page } = app
    await openNotebook(page, 'notebooks/finetuning-medical.ipynb')
    await chooseMenu(page, 'Run', 'Run All Cells')
    await whenTrained(2)
    const before = await steps()
    // Outputs go on arriving while the page still asks whose runs it may show.
    await page.route('**/api/kernels/*', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      await route.continue()
    })
    await page.reload()
    await notebookOf(page).locator('.jp-Cell').first().waitFor()
    await whenTrained(before + 1)
    expect(await trainingCell().locator('.jp-InputPrompt').textContent()).toContain('*')
    const backend = notebookOf(page).locator('.jp-CodeCell', { hasText: 'await useBackend(' })
    expect(await backend.locator('.jp-OutputArea-output').first().textContent()).toContain('backend: wasm')
    await page.unroute('**/api/kernels/*')
  })

  test('shows its state on the dashboard, whose button stops and saves it', async () => {
    const { page } = app
    await page.getByRole('tab', { name: 'Training' }).click()
    const dashboard = page.getByRole('region', { name: 'Training' })
    await expect
      .poll(() => dashboard.getByRole('status').innerText(), patiently)
      .toMatch(/^running: update \d+ of 500/)
    for (const label of ['Loss', 'Learning rate', 'Gradient norm', 'Tokens per second'])
      await dashboard.getByRole('img', { name: label }).waitFor()
    await keepScreenshot(page, 'training-dashboard')
    await dashboard.getByRole('button', { name: 'Stop and save' }).click()
    await expect
      .poll(() => dashboard.getByRole('status').innerText(), { timeout: 30_000 })
      .toMatch(/^stopped: .*saved to/)
    await whenIdle(page)
    expect((await saved()).steps).toBeGreaterThan(2)
    expect(await trainingCell().locator('.jp-InputPrompt').textContent()).toMatch(/\[\d+\]/)
  })

  test('saves the adapter when the cell is interrupted by the keyboard', async () => {
    const { page } = app
    await rm(adapter(), { recursive: true })
    await chooseMenu(page, 'Kernel', 'Restart Kernel and Clear Outputs of All Cells')
    await acceptDialog(page)
    await expect.poll(steps, patiently).toBe(0)
    await whenIdle(page)
    await chooseMenu(page, 'Run', 'Run All Cells')
    await whenTrained(1)
    await trainingCell().locator('.jp-InputPrompt').click()
    await page.keyboard.press('i')
    await page.keyboard.press('i')
    await whenIdle(page)
    expect((await errorsOf(page)).join()).toContain('interrupted')
    expect(await saved()).toMatchObject({ status: 'stopped' })
    expect(await readdir(adapter())).toContain('adapter_model.safetensors')
    await keepScreenshot(page, 'interrupted')
  })

  test('asks no other host and breaks no rule', () => {
    expect(app.foreignRequests).toEqual([])
    expect(app.problems).toEqual([])
  })
})
