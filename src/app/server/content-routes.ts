import type { FastifyInstance } from 'fastify'
import { filePolicy } from './access-rules.js'
import { mimeTypeOf } from './content-models.js'
import type { ContentStore, CreateRequest, SaveRequest } from './content-store.js'
import { HttpError } from './http-error.js'

const checkpointPath = /^(.*)\/checkpoints(?:\/([^/]+))?$/

interface PathRequest {
  Params: { '*'?: string }
  Querystring: { type?: string; format?: string; content?: string; hash?: string; download?: string }
}

/** `/api/contents`, `/api/resolvePath` and `/files`. */
export function addContentRoutes(app: FastifyInstance, store: ContentStore): void {
  const api = '/api/contents'
  for (const url of [api, `${api}/*`]) {
    app.get<PathRequest>(url, ({ params, query }) => {
      const apiPath = params['*'] ?? ''
      const of = checkpointPath.exec(apiPath)?.[1]
      if (of !== undefined) return store.checkpoints(of)
      const { type, format, content, hash } = query
      return store.read(apiPath, { type, format, withContent: content !== '0', withHash: hash === '1' })
    })
    app.post<PathRequest & { Body: CreateRequest | null }>(url, async ({ params, body }, reply) => {
      const apiPath = params['*'] ?? ''
      const [, of, id] = checkpointPath.exec(apiPath) ?? []
      if (of === undefined) return reply.code(201).send(await store.create(apiPath, body ?? {}))
      if (id === undefined) return reply.code(201).send(await store.createCheckpoint(of))
      await store.restoreCheckpoint(of)
      return reply.code(204).send()
    })
  }
  app.put<PathRequest & { Body: SaveRequest | null }>(`${api}/*`, async ({ params, body }, reply) => {
    const apiPath = params['*'] ?? ''
    const isNew = !(await store.exists(apiPath))
    return reply.code(isNew ? 201 : 200).send(await store.save(apiPath, body ?? {}))
  })
  app.patch<PathRequest & { Body: { path?: unknown } | null }>(`${api}/*`, ({ params, body }) => {
    if (typeof body?.path !== 'string') throw new HttpError(400, 'path must be the new name.')
    return store.rename(params['*'] ?? '', body.path)
  })
  app.delete<PathRequest>(`${api}/*`, async ({ params }, reply) => {
    const apiPath = params['*'] ?? ''
    const [, of, id] = checkpointPath.exec(apiPath) ?? []
    await (of !== undefined && id !== undefined ? store.removeCheckpoint(of) : store.remove(apiPath))
    return reply.code(204).send()
  })
  app.get<{ Querystring: { path?: string } }>('/api/resolvePath', async ({ query }) => {
    const given = query.path ?? ''
    const isThere = await store.exists(given).catch(() => false)
    return { resolved: isThere ? [{ scope: 'server', path: given.replace(/^\/+/, '') }] : [] }
  })
  app.get<PathRequest>('/files/*', async ({ params, query }, reply) => {
    const apiPath = params['*'] ?? ''
    const { handle, sizeBytes } = await store.open(apiPath)
    if (query.download !== undefined) reply.header('content-disposition', 'attachment')
    const type = mimeTypeOf(apiPath) ?? 'application/octet-stream'
    reply.header('content-security-policy', filePolicy).header('content-length', sizeBytes).type(type)
    if (sizeBytes > 0) {
      // Not more than was said, should the file grow meanwhile.
      return reply.send(handle.createReadStream({ start: 0, end: sizeBytes - 1 }))
    }
    await handle.close()
    return reply.send('')
  })
}
