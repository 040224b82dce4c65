import { existsSync } from 'node:fs'
import { mkdir, readFile, stat, statfs } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { downloadBlob } from './download-blob.js'
import { linkBlob, type RepoFolders, repoFolders, snapshotFolder, writeRef } from './hub-cache.js'
import { cacheFailure } from './hub-errors.js'
import type { HubSession } from './hub-session.js'
import { listRepo, type RemoteFile, type RemoteRepo } from './list-repo.js'
import { indexFile, type ModelParts, smallFiles, weightFiles } from './model-files.js'
import { repoName } from './repo-reference.js'

/** Files that are downloaded at the same time. */
const parallelFiles = 4
/** Left free on the disk beyond what the download needs. */
const spareBytes = 64 * 2 ** 20

/** A file of a snapshot, and whether the cache has it. */
interface SnapshotFile extends RemoteFile {
  readonly isCached: boolean
}

/** What a revision is now, and which of its files a model needs. */
export interface SnapshotPlan {
  readonly commit: string
  /** Where the snapshot is, or will be. */
  readonly folder: string
  readonly files: readonly SnapshotFile[]
  readonly missingBytes: number
}

/**
 * Asks the hub what a download would bring. Only the shards' index is downloaded, where there is one.
 *
 * @throws MODEL_NOT_FOUND, ACCESS_DENIED, NETWORK, FILE_UNWRITABLE, INTERRUPTED
 */
export async function planSnapshot(session: HubSession, parts: ModelParts): Promise<SnapshotPlan> {
  const folders = repoFolders(session.settings, session.repo)
  const remote = await listRepo(session)
  const wanted = await wantedFiles(session, folders, remote, parts)
  const files = wanted.map((file) => ({ ...file, isCached: existsSync(path.join(folders.blobs, file.etag)) }))
  const missing = unique(files.filter(({ isCached }) => !isCached))
  return {
    commit: remote.commit,
    folder: snapshotFolder(folders, remote.commit),
    files,
    missingBytes: missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  }
}

/**
 * Downloads what a model needs of a repository into the cache and returns the snapshot's folder. The snapshot and the
 * revision that names it appear when every file is whole and checked; a broken download leaves parts of blobs only, from
 * which the next one goes on.
 *
 * @throws MODEL_NOT_FOUND, ACCESS_DENIED, NETWORK, FILE_UNWRITABLE (no space, no permission), INTERRUPTED
 */
export async function downloadSnapshot(session: HubSession, parts: ModelParts): Promise<string> {
  const folders = repoFolders(session.settings, session.repo)
  try {
    const { commit, folder, files, missingBytes } = await planSnapshot(session, parts)
    const missing = unique(files.filter(({ isCached }) => !isCached))
    if (missing.length > 0) {
      await mkdir(folders.blobs, { recursive: true })
      await checkSpace(session, folders, missing)
      await downloadAll(session, folders, { commit, files: missing, totalBytes: missingBytes })
    }
    for (const { name, etag } of files) await linkBlob(folders, commit, name, etag)
    await writeRef(folders, session.repo.revision, commit)
    return folder
  } catch (cause) {
    throw cacheFailure(cause, session)
  }
}

async function wantedFiles(
  session: HubSession,
  folders: RepoFolders,
  { commit, files }: RemoteRepo,
  parts: ModelParts,
): Promise<RemoteFile[]> {
  const byName = new Map(files.map((file) => [file.name, file]))
  const names = new Set(byName.keys())
  const find = (name: string): RemoteFile => {
    const file = byName.get(name)
    if (file !== undefined) return file
    throw new MedtuneError(
      'MODEL_NOT_FOUND',
      `${repoName(session.repo)} must hold ${name}; it does not. Choose another upload of the model.`,
    )
  }
  const readIndex = async (): Promise<string> => {
    const index = find(indexFile)
    const blob = path.join(folders.blobs, index.etag)
    try {
      if (!existsSync(blob)) await downloadBlob(session, folders, commit, index, () => undefined)
      return await readFile(blob, 'utf8')
    } catch (cause) {
      throw cacheFailure(cause, session)
    }
  }
  const small = smallFiles(names, parts)
  // Says what is wrong with a repository that is no model before its tokenizer is fetched.
  if (!small.includes('config.json') && !small.includes('adapter_config.json')) find('config.json')
  const weights = parts === 'all' ? await weightFiles(repoName(session.repo), names, readIndex) : []
  return [...small, ...weights].map(find)
}

/** Two names of a repository may be one content. */
function unique(files: readonly SnapshotFile[]): SnapshotFile[] {
  return [...new Map(files.map((file) => [file.etag, file])).values()]
}

async function checkSpace(
  { settings }: HubSession,
  { blobs }: RepoFolders,
  missing: readonly RemoteFile[],
): Promise<void> {
  let needed = 0
  for (const { etag, sizeBytes } of missing) {
    const earlier = await stat(path.join(blobs, `${etag}.medtune.incomplete`)).catch(() => undefined)
    needed += Math.max(0, sizeBytes - (earlier?.size ?? 0))
  }
  const { bavail, bsize } = await statfs(blobs)
  const free = bavail * bsize
  if (needed + spareBytes <= free) return
  throw new MedtuneError(
    'FILE_UNWRITABLE',
    `the download needs ${gigabytes(needed)} in ${settings.cacheDirectory}, where ${gigabytes(free)} are free. Free some space, or` +
      ' choose a folder on another disk with HF_HUB_CACHE.',
  )
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`
}

interface Downloads {
  readonly commit: string
  readonly files: readonly RemoteFile[]
  readonly totalBytes: number
}

/** Some files at a time, large ones first; the first failure stops the others. */
async function downloadAll(
  session: HubSession,
  folders: RepoFolders,
  { commit, files, totalBytes }: Downloads,
): Promise<void> {
  const waiting = [...files].sort((a, b) => a.sizeBytes - b.sizeBytes)
  const failure = new AbortController()
  const signals = session.signal === undefined ? [] : [session.signal]
  const stoppable = { ...session, signal: AbortSignal.any([failure.signal, ...signals]) }
  let doneBytes = 0
  const onBytes = (added: number): void => {
    doneBytes += added
    session.onProgress?.({ doneBytes, totalBytes })
  }
  const work = async (): Promise<void> => {
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      await downloadBlob(stoppable, folders, commit, file, onBytes)
    }
  }
  let firstError: unknown
  await Promise.all(
    Array.from({ length: Math.min(parallelFiles, files.length) }, () =>
      work().catch((error: unknown) => {
        firstError ??= error
        waiting.length = 0
        failure.abort()
      }),
    ),
  )
  if (firstError !== undefined) throw firstError
}
