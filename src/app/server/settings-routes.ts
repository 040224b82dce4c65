import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { HttpError } from './http-error.js'
import type { StateFolder } from './state-folder.js'

interface WildcardRequest {
  Params: { '*': string }
}

interface Plugin {
  readonly schema: unknown
  readonly version: string
}

interface StoredSettings {
  readonly raw: string
  readonly created: string
  readonly last_modified: string
}

/** `/lab/api/settings` and `/lab/api/workspaces`: what the page remembers of its user. */
export function addSettingsRoutes(app: FastifyInstance, state: StateFolder, pageFolder: string): void {
  const plugins = readPlugins(pageFolder)
  const read = async (id: string): Promise<object> => {
    const plugin = plugins.get(id)
    if (plugin === undefined) throw new HttpError(404, `There are no settings of ${JSON.stringify(id)}.`)
    const stored = (await state.read('settings', id)) as StoredSettings | undefined
    const { raw, created, last_modified } = stored ?? { raw: '{}', created: null, last_modified: null }
    return { id, ...plugin, raw, settings: parseSettings(raw) ?? {}, created, last_modified }
  }
  app.get<{ Querystring: { ids_only?: string } }>('/lab/api/settings', async ({ query }) => {
    const ids = [...plugins.keys()]
    const isBrief = query.ids_only === 'true' || query.ids_only === '1'
    return { settings: isBrief ? ids.map((id) => ({ id })) : await Promise.all(ids.map(read)) }
  })
  app.get<WildcardRequest>('/lab/api/settings/*', ({ params }) => read(params['*']))
  app.put<WildcardRequest & { Body: { raw?: unknown } | null }>(
    '/lab/api/settings/*',
    async ({ params, body }, reply) => {
      const id = params['*']
      if (!plugins.has(id)) throw new HttpError(404, `There are no settings of ${JSON.stringify(id)}.`)
      if (typeof body?.raw !== 'string' || parseSettings(body.raw) === undefined)
        throw new HttpError(400, 'raw must be a JSON object, comments allowed.')
      const now = new Date().toISOString()
      const old = (await state.read('settings', id)) as StoredSettings | undefined
      const stored = { raw: body.raw, created: old?.created ?? now, last_modified: now }
      await state.write('settings', id, stored)
      return reply.code(204).send()
    },
  )
  addWorkspaceRoutes(app, state)
}

function addWorkspaceRoutes(app: FastifyInstance, state: StateFolder): void {
  const read = async (): Promise<Record<string, unknown>> =>
    ((await state.read('workspaces', 'all')) ?? {}) as Record<string, unknown>
  const write = (workspaces: Record<string, unknown>) => state.write('workspaces', 'all', workspaces)
  app.get('/lab/api/workspaces', async () => {
    const workspaces = await read()
    return { workspaces: { ids: Object.keys(workspaces), values: Object.values(workspaces) } }
  })
  app.get<WildcardRequest>('/lab/api/workspaces/*', async ({ params }) => {
    const id = params['*']
    return (await read())[id] ?? { data: {}, metadata: { id } }
  })
  app.put<WildcardRequest & { Body: Record<string, unknown> | null }>(
    '/lab/api/workspaces/*',
    async ({ params, body }, reply) => {
      await write({ ...(await read()), [params['*']]: body ?? {} })
      return reply.code(204).send()
    },
  )
  app.delete<WildcardRequest>('/lab/api/workspaces/*', async ({ params }, reply) => {
    const { [params['*']]: _removed, ...others } = await read()
    await write(others)
    return reply.code(204).send()
  })
}

/** The schemas that came with the page, by plugin: `@jupyterlab/notebook-extension:tracker`. */
function readPlugins(pageFolder: string): Map<string, Plugin> {
  const folder = path.join(pageFolder, 'schemas')
  const versionsFile = path.join(pageFolder, 'versions.json')
  const versions = existsSync(versionsFile) ? JSON.parse(readFileSync(versionsFile, 'utf8')) : {}
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
  const plugins = files
    .filter((file) => file.endsWith('.json'))
    .map((file): [string, Plugin] => {
      const owner = path.dirname(file).split(path.sep).join('/')
      const schema: unknown = JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
      return [`${owner}:${path.basename(file, '.json')}`, { schema, version: String(versions[owner] ?? '') }]
    })
  return new Map(plugins)
}

/** JSON with comments and trailing commas, as the settings editor writes it. @returns undefined if it is none */
function parseSettings(raw: string): object | undefined {
  const json = raw
    .replace(/("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (_, text?: string) => text ?? '')
    .replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, text?: string) => text ?? '')
  try {
    const parsed: unknown = JSON.parse(json.trim() === '' ? '{}' : json)
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    return undefined
  }
}
