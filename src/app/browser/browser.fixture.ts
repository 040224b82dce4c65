import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium as browserType, type Page } from 'playwright-core'
import { chromium, repositoryRoot } from '../../test-data.fixture.js'
import { type RunningServer, startServer } from '../server/start-server.js'

export interface OpenedApp {
  readonly page: Page
  readonly server: RunningServer
  /** The folder that the app shows: a copy, free to change. */
  readonly root: string
  /** Addresses of other hosts that a page asked for. */
  readonly foreignRequests: readonly string[]
  /** What a page reported as wrong: exceptions, and what its policy refused. */
  readonly problems: readonly string[]
  /** One more page in the same browser: a second tab. */
  newPage(): Promise<Page>
  close(): Promise<void>
}

export interface AppOptions {
  /** What the page shows first; default the start page. */
  readonly address?: string
  /** Changes the copy of the notebooks before anything is opened. */
  readonly prepare?: (root: string) => Promise<void>
}

/** The notebook app on copies of the notebooks, in a real browser. */
export async function openApp({ address = '/lab', prepare }: AppOptions = {}): Promise<OpenedApp> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'medtune-app-'))
  const root = path.join(folder, 'root')
  await cp(path.join(repositoryRoot, 'notebooks'), path.join(root, 'notebooks'), { recursive: true })
  await prepare?.(root)
  const build = pathToFileURL(path.join(repositoryRoot, 'src/app/browser/build.mjs')).href
  const { buildBrowser } = (await import(build)) as { buildBrowser(): Promise<{ directory: string }> }
  const { directory: pageFolder } = await buildBrowser()
  const server = await startServer({ rootFolder: root, pageFolder, stateFolder: path.join(folder, 'state') })
  const browser = await launchBrowser()
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
  const foreignRequests: string[] = []
  const problems: string[] = []
  const newPage = async (): Promise<Page> => {
    const page = await context.newPage()
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(server.origin) && !/^(data|blob):/.test(url)) foreignRequests.push(url)
    })
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) problems.push(message.text())
    })
    return page
  }
  const page = await newPage()
  await page.goto(`${server.origin}${address}?token=${server.token}`)
  return {
    ...{ page, server, root, foreignRequests, problems, newPage },
    async close() {
      await browser.close()
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export function launchBrowser(): Promise<Browser> {
  if (chromium === undefined) throw new Error('There is no Chromium on this machine.')
  return browserType.launch({
    executablePath: chromium,
    args: [
      // Containers run as root, where Chromium's own sandbox cannot start.
      ...['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  })
}

/** Keeps what the page looks like in `test-artifacts/`, for people to look at. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = path.join(repositoryRoot, 'test-artifacts')
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: path.join(folder, `${name}.png`) })
}
