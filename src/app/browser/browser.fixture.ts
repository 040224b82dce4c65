import { cp, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type RunningServer, startServer } from '../server/start-server.js'

export const chromiumPath: string = process.env.MEDTUNE_CHROMIUM ?? '/usr/bin/chromium'

const packageRoot = fileURLToPath(new URL('../../../', import.meta.url))

export interface OpenedApp {
  readonly page: Page
  readonly server: RunningServer
  /** The folder that the app shows: a copy, free to change. */
  readonly root: string
  /** Addresses of other hosts that the page asked for. */
  readonly foreignRequests: readonly string[]
  /** What the page reported as wrong: exceptions, and what its policy refused. */
  readonly problems: readonly string[]
  close(): Promise<void>
}

/** The notebook app on copies of the notebooks, in a real browser. */
export async function openApp(address = '/lab'): Promise<OpenedApp> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'medtune-app-'))
  const root = path.join(folder, 'root')
  await cp(path.join(packageRoot, 'notebooks'), path.join(root, 'notebooks'), { recursive: true })
  const build = pathToFileURL(path.join(packageRoot, 'src/app/browser/build.mjs')).href
  const { buildBrowser } = (await import(build)) as { buildBrowser(): Promise<{ directory: string }> }
  const { directory: pageFolder } = await buildBrowser()
  const stateFolder = path.join(folder, 'state')
  const server = await startServer({ rootFolder: root, pageFolder, stateFolder })
  const browser = await launch()
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  const foreignRequests: string[] = []
  const problems: string[] = []
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(server.origin) && !/^(data|blob):/.test(url)) foreignRequests.push(url)
  })
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text())
  })
  await page.goto(`${server.origin}${address}?token=${server.token}`)
  return {
    ...{ page, server, root, foreignRequests, problems },
    async close() {
      await browser.close()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function launch(): Promise<Browser> {
  // Containers run as root, where Chromium's own sandbox cannot start.
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}
