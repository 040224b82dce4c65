import { isUtf8 } from 'node:buffer'
import { createHash, type Hash } from 'node:crypto'
import type { Stats } from 'node:fs'
import { access, constants, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { parseNotebook } from '../../notebook/parse-notebook.js'
import type { ContentFolder } from './content-folder.js'
import { HttpError, maxBodyBytes } from './http-error.js'
import type { TrustStore } from './trust-store.js'

/** A file, folder or notebook as the contents API has it. */
export interface ContentModel {
  readonly name: string
  readonly path: string
  readonly type: 'directory' | 'file' | 'notebook'
  readonly created: string
  readonly last_modified: string
  readonly writable: boolean
  readonly size: number | null
  readonly mimetype: string | null
  readonly format: 'json' | 'text' | 'base64' | null
  readonly content: unknown
  readonly hash: string | null
  readonly hash_algorithm: string | null
}

type FileHash = Pick<ContentModel, 'hash' | 'hash_algorithm'>

export interface ReadOptions {
  readonly type?: string | undefined
  readonly format?: string | undefined
  readonly withContent?: boolean
  readonly withHash?: boolean
}

const mimeTypes: Readonly<Record<string, string>> = {
  '.ts': 'text/typescript',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.jsonl': 'application/jsonlines',
  '.md': 'text/markdown',
  '.csv': 'text/csv',
  '.txt': 'text/plain',
  '.html': 'text/html',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.pdf': 'application/pdf',
}

export function mimeTypeOf(name: string): string | null {
  return mimeTypes[path.extname(name).toLowerCase()] ?? null
}

/** @throws HttpError 404, 400 when what is there is not of the type asked for */
export async function readModel(
  folder: ContentFolder,
  trust: TrustStore,
  names: readonly string[],
  options: ReadOptions = {},
): Promise<ContentModel> {
  const { withContent = true, withHash = false, type } = options
  const { realPath } = await folder.locate(names)
  const stats = await stat(realPath)
  const model = await describe(names, realPath, stats, type)
  if (model.type === 'directory')
    return withContent ? { ...model, format: 'json', content: await list(folder, trust, names) } : model
  if (!withContent && !withHash) return model
  if (!withContent) return { ...model, ...(await hashOfFile(folder, names)) }
  const bytes = await readBytes(folder, names)
  const hash = withHash ? hashOf(createHash('sha256').update(bytes)) : {}
  if (model.type === 'file') return { ...model, ...hash, ...fileContent(bytes, options.format) }
  const notebook = parseNotebook(bytes.toString('utf8'), model.name)
  trust.mark(notebook)
  return { ...model, ...hash, format: 'json', content: notebook }
}

/** Without the whole file in memory. */
async function hashOfFile(folder: ContentFolder, names: readonly string[]): Promise<FileHash> {
  const handle = await folder.openFile(names)
  const hash = createHash('sha256')
  // Closes the file at its end.
  for await (const part of handle.createReadStream()) hash.update(part)
  return hashOf(hash)
}

function hashOf(hash: Hash): FileHash {
  return { hash: hash.digest('hex'), hash_algorithm: 'sha256' }
}

/** @throws HttpError 404; 413 for a file that is too large to be held in memory and shown */
export async function readBytes(folder: ContentFolder, names: readonly string[]): Promise<Buffer> {
  const handle = await folder.openFile(names)
  try {
    const { size } = await handle.stat()
    if (size > maxBodyBytes)
      throw new HttpError(
        413,
        `This file has ${Math.round(size / 2 ** 20)} MB; up to ${maxBodyBytes / 2 ** 20} MB are shown here. Download it.`,
      )
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

async function describe(
  names: readonly string[],
  realPath: string,
  stats: Stats,
  wanted: string | undefined,
): Promise<ContentModel> {
  const name = names.at(-1) ?? ''
  const isDirectory = stats.isDirectory()
  if (wanted !== undefined && (wanted === 'directory') !== isDirectory)
    throw new HttpError(400, `${names.join('/')} is ${isDirectory ? 'a' : 'not a'} folder.`)
  if (!isDirectory && !stats.isFile()) throw new HttpError(400, 'This is a special file.')
  const isNotebook = wanted === 'notebook' || (wanted !== 'file' && name.endsWith('.ipynb'))
  const isWritable = await access(realPath, constants.W_OK).then(
    () => true,
    () => false,
  )
  return {
    name,
    path: names.join('/'),
    type: isDirectory ? 'directory' : isNotebook ? 'notebook' : 'file',
    created: stats.birthtime.toISOString(),
    last_modified: stats.mtime.toISOString(),
    writable: isWritable,
    size: isDirectory ? null : stats.size,
    mimetype: isDirectory || isNotebook ? null : mimeTypeOf(name),
    format: null,
    content: null,
    hash: null,
    hash_algorithm: null,
  }
}

/** What can be shown of a folder: no hidden files, no links to the outside or to nothing. */
async function list(
  folder: ContentFolder,
  trust: TrustStore,
  names: readonly string[],
): Promise<ContentModel[]> {
  const children = await folder.withFolder(names, (at) => readdir(at))
  const models = await Promise.all(
    children
      .filter((name) => !name.startsWith('.'))
      .map((name) =>
        readModel(folder, trust, [...names, name], { withContent: false }).catch(() => undefined),
      ),
  )
  return models.filter((model) => model !== undefined)
}

function fileContent(bytes: Buffer, wanted: string | undefined): Partial<ContentModel> {
  const isText = wanted !== 'base64' && isUtf8(bytes)
  if (!isText && wanted === 'text') throw new HttpError(400, 'This file is not UTF-8 text.')
  return isText
    ? { format: 'text', content: bytes.toString('utf8') }
    : { format: 'base64', content: bytes.toString('base64') }
}
