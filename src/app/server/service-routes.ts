import type { FastifyInstance } from 'fastify'
import { HttpError } from './http-error.js'
import type { KernelRegistry } from './kernel-registry.js'
import type { StateFolder } from './state-folder.js'

/** The release of Jupyter Server whose API this is. */
const apiVersion = '2.17.0'

const user = {
  username: 'local',
  name: 'Local User',
  display_name: 'Local User',
  initials: 'LU',
  avatar_url: null,
  color: null,
}

/** What Jupyter clients ask besides: version, status, user, configuration; terminals and converters, of which there are none. */
export function addServiceRoutes(
  app: FastifyInstance,
  registry: KernelRegistry,
  state: StateFolder,
  publishEvent: (event: object) => void,
): void {
  const started = new Date().toISOString()
  app.get('/api', () => ({ version: apiVersion }))
  app.get('/api/status', () => {
    const models = registry.kernels.map(({ model }) => model)
    const connections = models.reduce((sum, model) => sum + model.connections, 0)
    const last_activity = models
      .map((model) => model.last_activity)
      .reduce((a, b) => (a > b ? a : b), started)
    return { started, last_activity, connections, kernels: models.length }
  })
  app.get('/api/me', () => ({ identity: user, permissions: {} }))
  app.get('/api/terminals', () => [])
  app.get('/api/nbconvert', () => ({}))
  app.get('/lab/api/translations', () => ({
    data: { en: { displayName: 'English', nativeName: 'English' } },
    message: '',
  }))
  app.get('/lab/api/translations/*', () => ({ data: {}, message: '' }))
  app.post<{ Body: Record<string, unknown> | null }>('/api/events', (request, reply) => {
    if (request.body === null || request.body === undefined)
      throw new HttpError(400, 'An event must be a JSON object.')
    publishEvent(request.body)
    return reply.code(204).send()
  })
  addConfigRoutes(app, state)
}

interface SectionRequest {
  Params: { section: string }
  Body: Record<string, unknown> | null
}

function addConfigRoutes(app: FastifyInstance, state: StateFolder): void {
  const read = async (section: string): Promise<Record<string, unknown>> =>
    ((await state.read('config', section)) ?? {}) as Record<string, unknown>
  app.get<SectionRequest>('/api/config/:section', ({ params }) => read(params.section))
  app.put<SectionRequest>('/api/config/:section', async ({ params, body }, reply) => {
    await state.write('config', params.section, body ?? {})
    return reply.code(204).send()
  })
  app.patch<SectionRequest>('/api/config/:section', async ({ params, body }) => {
    const merged = { ...(await read(params.section)), ...body }
    await state.write('config', params.section, merged)
    return merged
  })
}
