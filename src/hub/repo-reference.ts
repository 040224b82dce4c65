import { MedtuneError } from '../errors.js'

/** A model repository at a revision. */
export interface RepoReference {
  /** `organization/name`. */
  readonly id: string
  /** Branch, tag or commit. */
  readonly revision: string
}

const idRule = /^[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?\/[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?$/
const revisionRule = /^[A-Za-z0-9_][\w.+-]*(?:\/[A-Za-z0-9_][\w.+-]*)*$/
const longestId = 96

/** What a commit's name looks like. */
export const commitRule: RegExp = /^[0-9a-f]{40}$/

/**
 * Reads `organization/name` or `organization/name@revision`.
 *
 * @param revision the same as behind `@`
 * @returns undefined for a text that cannot be a repository's name, such as a path
 * @throws INVALID_ARGUMENT for a revision that is none, or two different ones
 */
export function parseRepoReference(text: string, revision?: string): RepoReference | undefined {
  const at = text.indexOf('@')
  const id = at < 0 ? text : text.slice(0, at)
  if (!idRule.test(id) || id.length > longestId || /--|\.\.|\.git$/.test(id)) return undefined
  const named = at < 0 ? undefined : text.slice(at + 1)
  if (named !== undefined && revision !== undefined && named !== revision) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `the revision of ${id} must be given once; got ${named} and ${revision}. Leave one out.`,
    )
  }
  const chosen = named ?? revision ?? 'main'
  // It becomes a path below refs/ in the cache.
  if (revisionRule.test(chosen) && !chosen.includes('..')) return { id, revision: chosen }
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `the revision of ${id} must be a branch, a tag or a commit; got "${chosen}". Leave it out for main.`,
  )
}

/** As the user wrote it: the revision only where it is not the usual one. */
export function repoName({ id, revision }: RepoReference): string {
  return revision === 'main' ? id : `${id}@${revision}`
}
