import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { hubFetch } from './hub-fetch.js'
import type { HubSession } from './hub-session.js'
import { templateFolder } from './model-files.js'
import { commitRule } from './repo-reference.js'

/** A file of a repository. */
export interface RemoteFile {
  /** Its name; only files of the top folder and of that with chat templates are listed. */
  readonly name: string
  readonly sizeBytes: number
  /** Its hash and its name among the cache's blobs: sha256 for a large file, git's sha1 for a small one. */
  readonly etag: string
}

/** A repository at one commit. */
export interface RemoteRepo {
  readonly commit: string
  readonly files: readonly RemoteFile[]
}

const sha256Rule = /^[0-9a-f]{64}$/

/**
 * Asks the hub which commit the revision is and which files it has. Nothing that the server says is used as a path
 * before it looks like what it must be.
 *
 * @throws MODEL_NOT_FOUND, ACCESS_DENIED, NETWORK, INTERRUPTED
 */
export async function listRepo(session: HubSession): Promise<RemoteRepo> {
  const { settings, repo } = session
  // Loaded on use: a run from a folder does not wait for it.
  const { modelInfo } = await import('@huggingface/hub')
  const common = { hubUrl: settings.endpoint, fetch: hubFetch(session) }
  const { sha: commit } = await readAnswer(session, () =>
    modelInfo({ name: repo.id, revision: repo.revision, additionalFields: ['sha'], ...common }),
  )
  if (typeof commit !== 'string' || !commitRule.test(commit)) throw strangeAnswer(session, 'its commit')
  return { commit, files: await readAnswer(session, () => filesOf(session, commit, common)) }
}

/** @param folder default: the top */
async function filesOf(
  session: HubSession,
  commit: string,
  common: { hubUrl: string; fetch: typeof fetch },
  folder?: string,
): Promise<RemoteFile[]> {
  const { listFiles } = await import('@huggingface/hub')
  const files: RemoteFile[] = []
  const repo = { type: 'model', name: session.repo.id } as const
  const at = folder === undefined ? {} : { path: folder }
  for await (const entry of listFiles({ repo, revision: commit, ...common, ...at })) {
    if (entry.type === 'directory' && entry.path === templateFolder && folder === undefined) {
      files.push(...(await filesOf(session, commit, common, templateFolder)))
    }
    const name = folder === undefined ? entry.path : path.posix.relative(folder, entry.path)
    if (entry.type !== 'file' || !isFileName(name)) continue
    const etag = entry.lfs?.oid ?? entry.oid
    const sizeBytes = entry.lfs?.size ?? entry.size
    const rule = entry.lfs === undefined ? commitRule : sha256Rule
    if (etag === undefined || !rule.test(etag)) throw strangeAnswer(session, `the hash of ${entry.path}`)
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0) {
      throw strangeAnswer(session, `the size of ${entry.path}`)
    }
    files.push({ name: entry.path, sizeBytes, etag })
  }
  return files
}

/** A name and not a path: it is joined to the snapshot's folder. */
function isFileName(name: unknown): name is string {
  return typeof name === 'string' && /^(?!\.\.?$)[^/\\:\0]{1,255}$/.test(name)
}

/** What the library throws over an answer that is not the hub's (a proxy's page, a wrong endpoint). */
async function readAnswer<Result>(session: HubSession, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask()
  } catch (cause) {
    throw cause instanceof MedtuneError ? cause : strangeAnswer(session, 'an answer', cause)
  }
}

function strangeAnswer({ settings, repo }: HubSession, what: string, cause?: unknown): MedtuneError {
  return new MedtuneError(
    'NETWORK',
    `${settings.endpoint} did not answer as a model hub does: ${what} about ${repo.id} cannot be read. Check HF_ENDPOINT and proxies.`,
    { cause },
  )
}
