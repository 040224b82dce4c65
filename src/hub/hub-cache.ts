import { existsSync } from 'node:fs'
import { copyFile, lstat, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomically } from '../atomic-file.js'
import type { HubSettings } from './hub-settings.js'
import { indexFile, type ModelParts, smallFiles, weightFiles } from './model-files.js'
import { commitRule, type RepoReference } from './repo-reference.js'

// The layout of Python's huggingface_hub, so that both find what either downloaded:
//   models--org--name/blobs/<etag>   snapshots/<commit>/<file> → ../../blobs/<etag>   refs/<revision> = commit

/** The folders of one repository in the cache. */
export interface RepoFolders {
  readonly root: string
  readonly blobs: string
  readonly locks: string
}

export function repoFolders({ cacheDirectory }: HubSettings, { id }: RepoReference): RepoFolders {
  const name = `models--${id.replaceAll('/', '--')}`
  const root = path.join(cacheDirectory, name)
  return { root, blobs: path.join(root, 'blobs'), locks: path.join(cacheDirectory, '.locks', name) }
}

export function snapshotFolder({ root }: RepoFolders, commit: string): string {
  return path.join(root, 'snapshots', commit)
}

/** The commit that a revision was when it was last downloaded. */
async function readRef({ root }: RepoFolders, revision: string): Promise<string | undefined> {
  if (commitRule.test(revision)) return revision
  const commit = await readFile(path.join(root, 'refs', revision), 'utf8').catch(() => '')
  return commitRule.test(commit.trim()) ? commit.trim() : undefined
}

/** Notes which commit a branch or tag is. */
export async function writeRef({ root }: RepoFolders, revision: string, commit: string): Promise<void> {
  if (revision !== commit) await writeFileAtomically(path.join(root, 'refs', revision), commit)
}

/** Makes a blob appear in a snapshot under its name. */
export async function linkBlob(
  folders: RepoFolders,
  commit: string,
  name: string,
  etag: string,
): Promise<void> {
  const folder = snapshotFolder(folders, commit)
  const link = path.join(folder, name)
  await mkdir(path.dirname(link), { recursive: true })
  if (existsSync(link)) return
  // What is there and leads nowhere: a link whose blob was deleted.
  if ((await lstat(link).catch(() => undefined)) !== undefined) await rm(link)
  const blob = path.join(folders.blobs, etag)
  try {
    await symlink(path.relative(path.dirname(link), blob), link)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    // Windows without the right to make links, and file systems without them.
    if (code !== 'EPERM' && code !== 'ENOSYS' && code !== 'ENOTSUP') throw error
    await copyFile(blob, link)
  }
}

/** What the cache holds of a revision: the folder, and what it lacks to be loaded. */
export interface CachedSnapshot {
  readonly folder: string
  readonly commit: string
  readonly missing: readonly string[]
}

/** The snapshot of a revision as it was last seen, or undefined when there never was one. */
export async function findCachedSnapshot(
  settings: HubSettings,
  repo: RepoReference,
  parts: ModelParts,
): Promise<CachedSnapshot | undefined> {
  const folders = repoFolders(settings, repo)
  const commit = await readRef(folders, repo.revision)
  if (commit === undefined) return undefined
  const folder = snapshotFolder(folders, commit)
  const names = await readdir(folder).catch(() => undefined)
  if (names === undefined) return undefined
  const present = new Set(names.filter((name) => existsSync(path.join(folder, name))))
  return { folder, commit, missing: await missingFiles(folder, present, parts) }
}

async function missingFiles(
  folder: string,
  present: ReadonlySet<string>,
  parts: ModelParts,
): Promise<string[]> {
  const isAdapter = present.has('adapter_config.json') && !present.has('config.json')
  const small = new Set(smallFiles(present, parts))
  const config = isAdapter ? 'adapter_config.json' : 'config.json'
  const needed = [config, ...(parts === 'config' || isAdapter ? [] : ['tokenizer.json'])]
  const missing = needed.filter((name) => !small.has(name))
  if (parts !== 'all') return missing
  if (isAdapter && !present.has('adapter_model.safetensors')) return [...missing, 'adapter_model.safetensors']
  if (!isAdapter && !present.has('model.safetensors') && !present.has(indexFile)) {
    return [...missing, 'model.safetensors']
  }
  const shards = await weightFiles(folder, new Set([...present, 'config.json']), async () =>
    readFile(path.join(folder, indexFile), 'utf8'),
  )
  return [...missing, ...shards.filter((name) => !present.has(name))]
}
