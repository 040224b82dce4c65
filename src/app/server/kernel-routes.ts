import type { FastifyInstance } from 'fastify'
import {
  findKernelSpec,
  type KernelSpec,
  listKernelSpecs,
  ownKernelName,
} from '../../notebook/kernel-spec.js'
import { HttpError } from './http-error.js'
import type { KernelRegistry, SessionRequest } from './kernel-registry.js'

interface IdRequest {
  Params: { id: string }
}

interface KernelRequest {
  Body: { name?: string | null; path?: string } | null
}

/** `/api/kernelspecs`, `/api/kernels` and `/api/sessions`. */
export function addKernelRoutes(app: FastifyInstance, registry: KernelRegistry): void {
  addSpecRoutes(app)
  app.get('/api/kernels', () => registry.kernels.map(({ model }) => model))
  app.post<KernelRequest>('/api/kernels', async ({ body }, reply) => {
    const kernel = await registry.startKernel(body?.name ?? ownKernelName, body?.path)
    return reply.code(201).header('location', `/api/kernels/${kernel.id}`).send(kernel.model)
  })
  app.get<IdRequest>('/api/kernels/:id', ({ params }) => registry.kernel(params.id).model)
  app.delete<IdRequest>('/api/kernels/:id', async ({ params }, reply) => {
    await registry.kernel(params.id).shutdown()
    return reply.code(204).send()
  })
  app.post<IdRequest>('/api/kernels/:id/interrupt', async ({ params }, reply) => {
    await registry.kernel(params.id).interrupt()
    return reply.code(204).send()
  })
  app.post<IdRequest>('/api/kernels/:id/restart', async ({ params }) => {
    const kernel = registry.kernel(params.id)
    await kernel.restart()
    return kernel.model
  })
  app.get('/api/sessions', () => registry.sessions)
  app.post<{ Body: SessionRequest | null }>('/api/sessions', async ({ body }, reply) =>
    reply.code(201).send(await registry.openSession(body ?? {})),
  )
  app.get<IdRequest>('/api/sessions/:id', ({ params }) => registry.session(params.id))
  app.patch<IdRequest & { Body: SessionRequest | null }>('/api/sessions/:id', ({ params, body }) =>
    registry.changeSession(params.id, body ?? {}),
  )
  app.delete<IdRequest>('/api/sessions/:id', async ({ params }, reply) => {
    await registry.closeSession(params.id)
    return reply.code(204).send()
  })
}

function addSpecRoutes(app: FastifyInstance): void {
  app.get('/api/kernelspecs', () => {
    const specs = [...listKernelSpecs(), findKernelSpec(ownKernelName)]
    const models = specs.map((spec) => [spec.name, specModel(spec)])
    return { default: ownKernelName, kernelspecs: Object.fromEntries(models) }
  })
  app.get<{ Params: { name: string } }>('/api/kernelspecs/:name', ({ params }) => {
    const spec = [findKernelSpec(ownKernelName), ...listKernelSpecs()].find(
      ({ name }) => name === params.name,
    )
    if (spec === undefined)
      throw new HttpError(404, `Kernel ${JSON.stringify(params.name)} is not installed.`)
    return specModel(spec)
  })
}

function specModel({ name, argv, displayName, language, interruptMode, env }: KernelSpec): object {
  const spec = { argv, env, language, display_name: displayName, interrupt_mode: interruptMode, metadata: {} }
  return { name, spec, resources: {} }
}
