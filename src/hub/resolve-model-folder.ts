import { statSync } from 'node:fs'
import { MedtuneError } from '../errors.js'
import { downloadSnapshot } from './download-snapshot.js'
import { type CachedSnapshot, findCachedSnapshot } from './hub-cache.js'
import type { HubSession } from './hub-session.js'
import { type HubSettings, hubSettings } from './hub-settings.js'
import type { ModelParts } from './model-files.js'
import { commitRule, parseRepoReference, repoName } from './repo-reference.js'

export interface ResolveModelOptions
  extends Pick<HubSession, 'signal' | 'onProgress' | 'onNotice' | 'retryMs' | 'stallMs'> {
  /** Branch, tag or commit of a repository; the same as behind `@`. Default: main. */
  readonly revision?: string | undefined
  /** How much of the model is wanted. Default: all of it. */
  readonly parts?: ModelParts | undefined
  /** Default: from the environment (`hubSettings`). */
  readonly settings?: HubSettings | undefined
}

/**
 * The folder of a model or an adapter. A folder is itself; `organization/name` or `organization/name@revision` is a
 * repository of the hub, which is downloaded into the cache that Python's `huggingface_hub` uses too, unless it is there.
 * A folder of that name comes first, and a text that is neither comes back as it is: whoever opens it says what it lacks.
 *
 * With `HF_HUB_OFFLINE`, for a commit that is there, and where no server can be reached, the cache alone is asked.
 *
 * @throws MODEL_NOT_FOUND, ACCESS_DENIED, NETWORK, FILE_UNWRITABLE, INVALID_ARGUMENT, INTERRUPTED
 */
export async function resolveModelFolder(
  idOrFolder: string,
  options: ResolveModelOptions = {},
): Promise<string> {
  if (isFolder(idOrFolder)) return idOrFolder
  const repo = parseRepoReference(idOrFolder, options.revision)
  if (repo === undefined) return idOrFolder
  const { parts = 'all', settings = hubSettings() } = options
  const { signal, onProgress, onNotice, retryMs, stallMs } = options
  const session: HubSession = { settings, repo, signal, onProgress, onNotice, retryMs, stallMs }
  const cached = await findCachedSnapshot(settings, repo, parts)
  const isWhole = cached?.missing.length === 0
  if (isWhole && (settings.offline || commitRule.test(repo.revision))) return cached.folder
  if (settings.offline) throw notCached(session, cached)
  try {
    return await downloadSnapshot(session, parts)
  } catch (error) {
    const isUnreachable = error instanceof MedtuneError && error.code === 'NETWORK'
    if (!isUnreachable || !isWhole) throw error
    onNotice?.(
      `${settings.endpoint} cannot be reached; ${repoName(repo)} is used as it was last downloaded (${cached.commit.slice(0, 7)}).`,
    )
    return cached.folder
  }
}

function isFolder(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true
}

function notCached({ settings, repo }: HubSession, cached: CachedSnapshot | undefined): MedtuneError {
  const found =
    cached === undefined
      ? 'which does not hold it'
      : `which lacks ${cached.missing.slice(0, 3).join(', ')} of it`
  return new MedtuneError(
    'MODEL_NOT_FOUND',
    `${repoName(repo)} must be in the cache while HF_HUB_OFFLINE is set (${settings.cacheDirectory}), ${found}.` +
      ` Run \`medtune download ${repoName(repo)}\` with a connection, or unset it.`,
  )
}
