import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomically } from '../../atomic-file.js'
import { notebookOfJson } from '../../notebook/parse-notebook.js'
import { serializeNotebook } from '../../notebook/serialize-notebook.js'
import type { ContentFolder } from './content-folder.js'
import { type ContentModel, type ReadOptions, readBytes, readModel } from './content-models.js'
import { HttpError } from './http-error.js'
import type { TrustStore } from './trust-store.js'

/** The body of a save. */
export interface SaveRequest {
  readonly type?: string
  readonly format?: string
  readonly content?: unknown
  /** Large uploads come in parts: 1, 2, …, and -1 for the last. */
  readonly chunk?: number
}

export interface CreateRequest {
  readonly type?: string
  readonly ext?: string
  readonly copy_from?: string
}

/** No save takes as long. */
const abandonedAfterMs = 600_000

const emptyNotebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] } as const

/** Files, folders and notebooks below the root, with one checkpoint each. */
export class ContentStore {
  readonly folder: ContentFolder
  readonly #trust: TrustStore
  readonly #checkpoints: string
  /** The part that each running upload must bring next, by the path of its file. */
  readonly #nextParts = new Map<string, number>()

  constructor(folder: ContentFolder, trust: TrustStore, stateFolder: string) {
    this.folder = folder
    this.#trust = trust
    this.#checkpoints = path.join(stateFolder, 'checkpoints')
  }

  read(apiPath: string, options: ReadOptions = {}): Promise<ContentModel> {
    return readModel(this.folder, this.#trust, this.folder.parse(apiPath), options)
  }

  bytes(apiPath: string): Promise<Buffer> {
    return readBytes(this.folder, this.folder.parse(apiPath))
  }

  /** The file and its size; whoever asks closes it. */
  async open(apiPath: string): Promise<{ handle: FileHandle; sizeBytes: number }> {
    const handle = await this.folder.openFile(this.folder.parse(apiPath))
    return { handle, sizeBytes: (await handle.stat()).size }
  }

  async exists(apiPath: string): Promise<boolean> {
    const found = this.folder.locate(this.folder.parse(apiPath, 'write'))
    return found.then(
      () => true,
      () => false,
    )
  }

  async save(apiPath: string, { type = 'file', format, content, chunk }: SaveRequest): Promise<ContentModel> {
    const names = this.folder.parse(apiPath, 'write')
    const target = await this.folder.writeTarget(names)
    const name = target.at(-1) ?? ''
    await this.folder.withFolder(target.slice(0, -1), async (folder) => {
      const file = path.join(folder, name)
      if (type === 'directory') await mkdir(file).catch(ignoreExisting)
      else if (type === 'notebook') await this.#saveNotebook(file, content)
      else if (type === 'file')
        await this.#saveFile(target.join('/'), file, { bytes: toBytes(content, format), chunk })
      else throw new HttpError(400, 'type must be file, notebook or directory.')
      await removeAbandoned(folder, name)
    })
    if (chunk === undefined || chunk === -1) return this.read(apiPath, { withContent: false, withHash: true })
    return partialModel(names)
  }

  /** Makes an untitled file, notebook or folder, or a copy, under a name that is still free. */
  async create(
    apiPath: string,
    { type = 'file', ext = '.txt', copy_from }: CreateRequest,
  ): Promise<ContentModel> {
    const names = this.folder.parse(apiPath, 'write')
    if (copy_from !== undefined) {
      const source = this.folder.parse(copy_from).at(-1) ?? ''
      const bytes = await this.bytes(copy_from)
      const extension = path.extname(source)
      const name = await this.#freeName(names, `${path.basename(source, extension)}-Copy`, extension)
      return this.save([...names, name].join('/'), { format: 'base64', content: bytes.toString('base64') })
    }
    if (type === 'directory')
      return this.save([...names, await this.#freeName(names, 'Untitled Folder', '')].join('/'), { type })
    if (type === 'notebook') {
      const name = await this.#freeName(names, 'Untitled', '.ipynb')
      return this.save([...names, name].join('/'), { type, content: emptyNotebook })
    }
    if (!/^(\.[\w-]+)*$/.test(ext)) throw new HttpError(400, 'ext must be a file extension such as .ts.')
    const name = await this.#freeName(names, 'untitled', ext)
    return this.save([...names, name].join('/'), { format: 'text', content: '' })
  }

  async rename(from: string, to: string): Promise<ContentModel> {
    const [source, target] = [this.folder.parse(from, 'write'), this.folder.parse(to, 'write')]
    const [sourceName, targetName] = [source.at(-1), target.at(-1)]
    if (sourceName === undefined || targetName === undefined)
      throw new HttpError(400, 'The root folder cannot be renamed.')
    await this.folder.withFolder(source.slice(0, -1), (sourceFolder) =>
      this.folder.withFolder(target.slice(0, -1), async (targetFolder) => {
        const destination = path.join(targetFolder, targetName)
        if (await lstat(destination).catch(() => undefined)) throw new HttpError(409, `${to} exists already.`)
        await rename(path.join(sourceFolder, sourceName), destination)
      }),
    )
    await rename(this.#checkpointFile(from), this.#checkpointFile(to)).catch(() => undefined)
    return this.read(to, { withContent: false })
  }

  /** Removes a file, a link (never what it leads to), or a folder with all that is in it. */
  async remove(apiPath: string): Promise<void> {
    const names = this.folder.parse(apiPath, 'write')
    const name = names.at(-1)
    if (name === undefined) throw new HttpError(400, 'The root folder cannot be deleted.')
    await this.folder.withFolder(names.slice(0, -1), (folder) =>
      rm(path.join(folder, name), { recursive: true }),
    )
    await rm(this.#checkpointFile(apiPath), { force: true })
  }

  async checkpoints(apiPath: string): Promise<{ id: string; last_modified: string }[]> {
    this.folder.parse(apiPath)
    const stats = await stat(this.#checkpointFile(apiPath)).catch(() => undefined)
    return stats === undefined ? [] : [{ id: 'checkpoint', last_modified: stats.mtime.toISOString() }]
  }

  async createCheckpoint(apiPath: string): Promise<{ id: string; last_modified: string } | undefined> {
    await writeFileAtomically(this.#checkpointFile(apiPath), await this.bytes(apiPath))
    return (await this.checkpoints(apiPath))[0]
  }

  async restoreCheckpoint(apiPath: string): Promise<void> {
    const bytes = await readFile(this.#checkpointFile(apiPath))
    await this.save(apiPath, { format: 'base64', content: bytes.toString('base64') })
  }

  async removeCheckpoint(apiPath: string): Promise<void> {
    await rm(this.#checkpointFile(apiPath))
  }

  async #saveNotebook(file: string, content: unknown): Promise<void> {
    const notebook = notebookOfJson(content ?? null)
    await this.#trust.remember(notebook)
    await writeFileAtomically(file, serializeNotebook(notebook))
  }

  /** Parts gather in a hidden file: the visible one changes once, when all is there. */
  async #saveFile(
    place: string,
    file: string,
    { bytes, chunk }: { readonly bytes: Buffer; readonly chunk: number | undefined },
  ): Promise<void> {
    if (chunk === undefined) return writeFileAtomically(file, bytes)
    const upload = path.join(path.dirname(file), `.${path.basename(file)}.upload`)
    if (chunk !== 1 && (chunk !== -1 || !this.#nextParts.has(place)) && chunk !== this.#nextParts.get(place))
      throw new HttpError(
        400,
        `Part ${chunk} of this upload does not follow the last one; begin again with part 1.`,
      )
    this.#nextParts.delete(place)
    try {
      await (chunk === 1 ? writeFileAtomically(upload, bytes) : append(upload, bytes))
      if (chunk === -1) await rename(upload, file)
      else this.#nextParts.set(place, chunk + 1)
    } catch (error) {
      await rm(upload, { force: true })
      throw error
    }
  }

  /** `name`, `name1`, `name2` … */
  async #freeName(folder: readonly string[], stem: string, extension: string): Promise<string> {
    for (let number = 0; ; number++) {
      const name = `${stem}${number === 0 ? '' : number}${extension}`
      if (!(await this.exists([...folder, name].join('/')))) return name
    }
  }

  #checkpointFile(apiPath: string): string {
    const place = path.join(this.folder.root, ...this.folder.parse(apiPath, 'write'))
    return path.join(this.#checkpoints, createHash('sha256').update(place).digest('hex'))
  }
}

function toBytes(content: unknown, format: string | undefined): Buffer {
  if (typeof content !== 'string') throw new HttpError(400, 'content of a file must be text.')
  return Buffer.from(content, format === 'base64' ? 'base64' : 'utf8')
}

/** A server that was killed while it saved left its temporary file beside the notebook. */
async function removeAbandoned(folder: string, name: string): Promise<void> {
  const isOurs = (other: string) => other.startsWith(`.${name}.`) && /\.[0-9a-f]{8}\.partial$/.test(other)
  for (const other of (await readdir(folder)).filter(isOurs)) {
    const file = path.join(folder, other)
    const stats = await lstat(file).catch(() => undefined)
    if (stats && Date.now() - stats.mtimeMs > abandonedAfterMs) await rm(file, { force: true })
  }
}

/** Adds to a file that is there and is no link. */
async function append(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, constants.O_WRONLY | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0))
  try {
    await handle.writeFile(bytes)
  } finally {
    await handle.close()
  }
}

function partialModel(names: readonly string[]): ContentModel {
  const now = new Date().toISOString()
  const name = names.at(-1) ?? ''
  const shared = { content: null, format: null, mimetype: null, hash: null, hash_algorithm: null }
  return {
    ...{ name, path: names.join('/'), type: 'file', created: now, last_modified: now },
    ...{ writable: true, size: null },
    ...shared,
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
