import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { pagePolicy } from './access-rules.js'

interface PageOptions {
  /** The bundle: `dist/browser`. */
  readonly pageFolder: string
  readonly rootFolder: string
  readonly version: string
}

/** The application: `/lab`, `/lab/tree/<path>`, and its files under `/static/`. */
export function addPageRoutes(app: FastifyInstance, { pageFolder, rootFolder, version }: PageOptions): void {
  const html = readFileSync(path.join(pageFolder, 'index.html'), 'utf8')
  const preferredPath = existsSync(path.join(rootFolder, 'notebooks')) ? '/notebooks' : '/'
  const page = (place: { workspace: string; treePath: string }): string => {
    const config = { ...pageConfig, appVersion: version, serverRoot: rootFolder, preferredPath, ...place }
    // A closing tag inside of the data would end it.
    const json = JSON.stringify(config).replaceAll('<', '\\u003c')
    const element = `<script id="jupyter-config-data" type="application/json">${json}</script>`
    return html.replace('<!-- jupyter-config-data -->', () => element)
  }
  for (const url of ['/lab', '/lab/tree/*', '/lab/workspaces/*']) {
    app.get(url, ({ url: address }, reply) =>
      reply
        .header('content-security-policy', pagePolicy)
        .type('text/html')
        .send(page(placeOf(address))),
    )
  }
  app.get('/', (_request, reply) => reply.redirect('/lab'))
  // The classic name of the page; clients open it to see whether they are asked for a password.
  app.get('/tree', (_request, reply) => reply.redirect('/lab'))
  app.register(fastifyStatic, { root: pageFolder, prefix: '/static/', maxAge: '1h' })
}

/** A second tab has a workspace of its own: `/lab/workspaces/<name>/tree/<path>`. */
function placeOf(address: string): { workspace: string; treePath: string } {
  const { pathname } = new URL(address, 'http://localhost')
  const [, workspace = 'default', treePath = ''] =
    /^\/lab(?:\/workspaces\/([^/]+))?(?:\/tree\/(.*))?$/.exec(pathname) ?? []
  return { workspace: decode(workspace), treePath: decode(treePath) }
}

/** An address that is no valid encoding means what it says. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const pageConfig = {
  appName: 'medtune',
  appNamespace: 'lab',
  appUrl: '/lab',
  baseUrl: '/',
  wsUrl: '',
  token: '',
  fullStaticUrl: '/static',
  settingsUrl: '/lab/api/settings',
  fullSettingsUrl: '/lab/api/settings',
  workspacesApiUrl: '/lab/api/workspaces',
  translationsApiUrl: '/lab/api/translations',
  themesUrl: '/static/themes',
  fullThemesUrl: '/static/themes',
  treeUrl: '/lab/tree',
  terminalsAvailable: 'false',
  cacheFiles: 'true',
  devMode: 'false',
  mode: 'multiple-document',
  exposeAppInBrowser: 'true',
  federated_extensions: [],
  disabledExtensions: [],
  deferredExtensions: [],
  rootUri: '',
  store_id: 0,
  notebookVersion: '[2, 17, 0]',
  notebookStartsKernel: 'true',
} as const
