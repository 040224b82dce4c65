import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises'
import path from 'node:path'
import { HttpError } from './http-error.js'

/** A file or folder below the root, by its real place. */
interface Entry {
  /** Names from the root; none for the root itself. */
  readonly names: readonly string[]
  /** Absolute, without symbolic links. */
  readonly realPath: string
}

/**
 * The folder that the app shows. Nothing outside of it is read or written: not by `..`, not by symbolic links, not when
 * a folder becomes a link between check and use.
 */
export class ContentFolder {
  readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  static async open(folder: string): Promise<ContentFolder> {
    return new ContentFolder(await realpath(folder))
  }

  /**
   * @param apiPath as in the address, decoded once
   * @throws HttpError 404 for a hidden or impossible path that is read, 400 where it is to be written
   */
  parse(apiPath: string, use: 'read' | 'write' = 'read'): string[] {
    const names = apiPath.split('/').filter((name) => name !== '')
    const isWrong = (name: string) => name.startsWith('.') || /[\0\\]/.test(name)
    if (!names.some(isWrong)) return names
    throw use === 'read'
      ? new HttpError(404, 'No such file or folder.')
      : new HttpError(400, 'Hidden files and paths with .. or \\ are not served.')
  }

  /** @throws HttpError 404 where nothing is, or what is there lies outside */
  async locate(names: readonly string[]): Promise<Entry> {
    const found = await realpath(path.join(this.root, ...names)).catch(() => undefined)
    if (found === undefined || !this.#isInside(found)) throw new HttpError(404, 'No such file or folder.')
    return { names, realPath: found }
  }

  /** The file for reading; checked after it is open, when no link can be exchanged any more. */
  async openFile(names: readonly string[]): Promise<FileHandle> {
    const { realPath } = await this.locate(names)
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    const handle = await open(realPath, flags)
    try {
      await this.#checkHandle(handle)
      const stats = await handle.stat()
      if (!stats.isFile()) throw new HttpError(400, 'This is a folder or a special file, not a file.')
      return handle
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /**
   * Runs `use` with a path of the folder that stays that folder, whatever is renamed or linked meanwhile.
   *
   * @param names of the folder
   */
  async withFolder<T>(names: readonly string[], use: (folder: string) => Promise<T>): Promise<T> {
    const { realPath } = await this.locate(names)
    if (process.platform !== 'linux') return use(realPath)
    const handle = await open(realPath, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
    try {
      await this.#checkHandle(handle)
      return await use(`/proc/self/fd/${handle.fd}`)
    } finally {
      await handle.close()
    }
  }

  /**
   * Where to write: a link inside the root is followed once, so that it stays a link; a link to the outside or to
   * nothing is refused.
   */
  async writeTarget(names: readonly string[]): Promise<readonly string[]> {
    const name = names.at(-1)
    if (name === undefined) throw new HttpError(400, 'The root folder cannot be written.')
    const { realPath } = await this.locate(names.slice(0, -1))
    const file = path.join(realPath, name)
    const isLink = await readlink(file).then(
      () => true,
      () => false,
    )
    const target = isLink ? await realpath(file).catch(() => undefined) : file
    if (target === undefined || !this.#isInside(target))
      throw new HttpError(403, 'This link leads out of the folder.')
    return path.relative(this.root, target).split(path.sep)
  }

  async #checkHandle(handle: FileHandle): Promise<void> {
    if (process.platform !== 'linux') return
    const opened = await readlink(`/proc/self/fd/${handle.fd}`)
    if (!this.#isInside(opened)) throw new HttpError(404, 'No such file or folder.')
  }

  /** Inside, and hidden nowhere on the way: a link must not make `.git` visible. */
  #isInside(realPath: string): boolean {
    const relative = path.relative(this.root, realPath)
    return !path.isAbsolute(relative) && !relative.split(path.sep).some((name) => name.startsWith('.'))
  }
}
