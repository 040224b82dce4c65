import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Browser, Page } from 'playwright-core'
import type { Notebook } from '../../notebook/nbformat.js'
import { codeCell, makeNotebook } from '../../notebook/notebook.fixture.js'
import { writeNotebook } from '../../notebook/notebook-file.js'
import { repositoryRoot } from '../../test-data.fixture.js'
import { startPythonJupyterLab } from './python-jupyterlab.fixture.js'

/** Notebook apps that benchmarks compare, each a server of its own and the page of a real browser. */

export interface Lab {
  readonly name: string
  readonly notebook: Notebook
  start(folders: {
    root: string
    work: string
  }): Promise<{ url(notebook: string): string; close(): Promise<void> }>
}

export const ourNotebook: Notebook = makeNotebook(
  codeCell('1 + 1'),
  codeCell("for (let i = 1; i <= 10_000; i++) console.log('line', i)"),
)

export const ours: Lab = {
  name: 'medtune',
  notebook: ourNotebook,
  async start({ root }) {
    const command = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
    const args = [command, 'notebook', '--no-browser', '--port', '0', '--root', root]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    const exited = once(child, 'exit')
    for await (const line of createInterface(child.stdout)) {
      const address = /(http\S+)\/lab\?token=(\S+)/.exec(line)
      if (address === null) continue
      const [, origin, token] = address
      return {
        url: (notebook) => `${origin}/lab/tree/${notebook}?token=${token}`,
        async close() {
          child.kill('SIGINT')
          await exited
        },
      }
    }
    throw new Error('medtune notebook ended before it printed its address.')
  },
}

export const pythonLab = (name: string, notebook: Notebook, python: string): Lab => ({
  name,
  notebook,
  async start(folders) {
    const { origin, token, close } = await startPythonJupyterLab(python, folders)
    return { url: (file) => `${origin}/lab/tree/${file}?token=${token}`, close }
  },
})

export const seconds = (since: number): number => (performance.now() - since) / 1000

/** What the page of a notebook is measured for; times are those of `performance.now()`. */
export interface LabPage {
  readonly page: Page
  /** Seconds. */
  readonly serverStart: number
  readonly openedAt: number
}

/** Starts the app on a folder that holds the notebook alone, opens it, measures, and leaves nothing behind. */
export async function measureInLab<Figures>(
  lab: Lab,
  browser: Browser,
  notebook: Notebook,
  measure: (opened: LabPage) => Promise<Figures>,
): Promise<Figures> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'medtune-bench-'))
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
  try {
    await writeNotebook(path.join(root, 'bench.ipynb'), notebook)
    const startedAt = performance.now()
    const server = await lab.start({ root, work: `${root}-work` })
    const serverStart = seconds(startedAt)
    try {
      const page = await context.newPage()
      const openedAt = performance.now()
      await page.goto(server.url('bench.ipynb'))
      return await measure({ page, serverStart, openedAt })
    } finally {
      await server.close()
    }
  } finally {
    await context.close()
    await rm(root, { recursive: true, force: true })
    await rm(`${root}-work`, { recursive: true, force: true })
  }
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
