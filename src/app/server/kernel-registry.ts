import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { findKernelSpec, ownKernelName } from '../../notebook/kernel-spec.js'
import type { ContentFolder } from './content-folder.js'
import { HttpError } from './http-error.js'
import { type KernelModel, ServedKernel } from './served-kernel.js'

interface Session {
  readonly id: string
  path: string
  name: string
  type: string
  kernel: ServedKernel
}

export interface SessionRequest {
  readonly path?: string
  readonly name?: string
  readonly type?: string
  readonly kernel?: { readonly id?: string | null; readonly name?: string | null } | null
  /** Older clients name the notebook here. */
  readonly notebook?: { readonly path?: string; readonly name?: string }
}

export interface SessionModel {
  readonly id: string
  readonly path: string
  readonly name: string
  readonly type: string
  readonly kernel: KernelModel
  readonly notebook?: { readonly path: string; readonly name: string }
}

/** All kernels of the server and the documents that use them. */
export class KernelRegistry {
  readonly #folder: ContentFolder
  readonly #kernels = new Map<string, ServedKernel>()
  readonly #sessions = new Map<string, Session>()
  /** A document that asks twice at once gets one kernel. */
  readonly #starting = new Map<string, Promise<SessionModel>>()

  constructor(folder: ContentFolder) {
    this.#folder = folder
  }

  get kernels(): readonly ServedKernel[] {
    return [...this.#kernels.values()]
  }

  get sessions(): SessionModel[] {
    return [...this.#sessions.values()].map(toModel)
  }

  kernel(id: string): ServedKernel {
    const kernel = this.#kernels.get(id)
    if (kernel === undefined) throw new HttpError(404, `Kernel ${JSON.stringify(id)} does not exist.`)
    return kernel
  }

  session(id: string): SessionModel {
    return toModel(this.#session(id))
  }

  /** @param apiPath a file or folder: the kernel works in its folder */
  async startKernel(name: string = ownKernelName, apiPath = ''): Promise<ServedKernel> {
    try {
      findKernelSpec(name)
    } catch {
      throw new HttpError(501, `Kernel ${JSON.stringify(name)} is not installed.`)
    }
    const kernel = await ServedKernel.start(name, await this.#workingFolder(apiPath))
    this.#kernels.set(kernel.id, kernel)
    kernel.once('gone', () => {
      this.#kernels.delete(kernel.id)
      for (const session of this.#sessions.values())
        if (session.kernel === kernel) this.#sessions.delete(session.id)
    })
    return kernel
  }

  async openSession(request: SessionRequest): Promise<SessionModel> {
    const place = request.path ?? request.notebook?.path ?? ''
    const existing = [...this.#sessions.values()].find((session) => session.path === place)
    if (existing !== undefined) return toModel(existing)
    const running = this.#starting.get(place)
    if (running !== undefined) return running
    const starting = this.#startSession(place, request).finally(() => this.#starting.delete(place))
    this.#starting.set(place, starting)
    return starting
  }

  async changeSession(
    id: string,
    { path: place, name, type, kernel }: SessionRequest,
  ): Promise<SessionModel> {
    const session = this.#session(id)
    if (place !== undefined) session.path = place
    if (name !== undefined) session.name = name
    if (type !== undefined) session.type = type
    if (typeof kernel?.id === 'string') session.kernel = this.kernel(kernel.id)
    else if (typeof kernel?.name === 'string') {
      const old = session.kernel
      session.kernel = await this.startKernel(kernel.name, session.path)
      await old.shutdown()
    }
    return toModel(session)
  }

  /** Whether a document uses this kernel. */
  hasSession(kernel: ServedKernel): boolean {
    return [...this.#sessions.values()].some((session) => session.kernel === kernel)
  }

  /** @throws HttpError 404 */
  async closeSession(id: string): Promise<void> {
    const { kernel } = this.#session(id)
    this.#sessions.delete(id)
    if (!this.hasSession(kernel)) await kernel.shutdown()
  }

  async shutdown(): Promise<void> {
    await Promise.allSettled(this.#starting.values())
    await Promise.all(this.kernels.map((kernel) => kernel.shutdown()))
  }

  #session(id: string): Session {
    const session = this.#sessions.get(id)
    if (session === undefined) throw new HttpError(404, `Session ${JSON.stringify(id)} does not exist.`)
    return session
  }

  async #startSession(place: string, request: SessionRequest): Promise<SessionModel> {
    const { name = '', type = 'notebook', kernel } = request
    const started =
      typeof kernel?.id === 'string'
        ? this.kernel(kernel.id)
        : await this.startKernel(kernel?.name ?? ownKernelName, place)
    const session: Session = { id: randomUUID(), path: place, name, type, kernel: started }
    this.#sessions.set(session.id, session)
    return toModel(session)
  }

  /** The folder of the file; clients also name files that do not exist, such as consoles. */
  async #workingFolder(apiPath: string): Promise<string> {
    try {
      const parent = path.posix.dirname(apiPath)
      const names = parent === '.' ? [] : this.#folder.parse(parent)
      return (await this.#folder.locate(names)).realPath
    } catch {
      return this.#folder.root
    }
  }
}

function toModel({ id, path: place, name, type, kernel }: Session): SessionModel {
  const notebook = type === 'notebook' ? { notebook: { path: place, name } } : {}
  return { id, path: place, name, type, kernel: kernel.model, ...notebook }
}
