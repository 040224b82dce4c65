import { MedtuneError } from '../errors.js'
import type { HubSession } from './hub-session.js'
import { repoName } from './repo-reference.js'

/** A failure that another attempt may mend. */
export class BrokenConnection extends Error {
  constructor(
    message: string,
    /** As long as the server asks to wait. */
    readonly waitMs?: number,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/** What an answer other than success means, and what to do about it. */
export function refusal(session: HubSession, response: Response): MedtuneError {
  const { settings, repo } = session
  const { status, headers } = response
  const name = repoName(repo)
  const reason = headers.get('x-error-code') ?? ''
  const page = `${settings.endpoint}/${repo.id}`
  if (reason === 'GatedRepo' || (status === 403 && reason === '')) return gated(session, page)
  if (reason === 'RevisionNotFound') {
    return new MedtuneError(
      'MODEL_NOT_FOUND',
      `${repo.id} has no revision "${repo.revision}". Choose a branch, tag or commit that ${page} lists, or leave the revision out.`,
    )
  }
  if (reason === 'DisabledRepo') {
    return new MedtuneError(
      'ACCESS_DENIED',
      `${name} was disabled by its host (${page}). Choose another model.`,
    )
  }
  if (status === 401 || status === 404) {
    // The hub answers 401 for a repository that is private and for one that does not exist: it does not tell which.
    const access =
      settings.token === undefined
        ? 'If it is private, set HF_TOKEN or run `hf auth login`.'
        : 'If it is private, the token in use must have access to it and be valid (`hf auth whoami`).'
    return new MedtuneError(
      status === 401 && settings.token !== undefined ? 'ACCESS_DENIED' : 'MODEL_NOT_FOUND',
      `${name} is neither a folder here nor a model that ${settings.endpoint} shows you (answer ${status}). Check the spelling. ${access}`,
    )
  }
  return new MedtuneError(
    'NETWORK',
    `${settings.endpoint} answered ${status} about ${name}. Try again later, or name a mirror with HF_ENDPOINT.`,
  )
}

function gated({ settings, repo }: HubSession, page: string): MedtuneError {
  const token =
    settings.token === undefined
      ? 'then set HF_TOKEN to a token of that account (or run `hf auth login`)'
      : 'with the account that the token in HF_TOKEN belongs to'
  return new MedtuneError(
    'ACCESS_DENIED',
    `${repo.id} wants its conditions accepted first: open ${page} in a browser, accept them, ${token}, and try again.`,
  )
}

/** After the last attempt. */
export function unreachable({ settings, repo }: HubSession, cause: BrokenConnection): MedtuneError {
  return new MedtuneError(
    'NETWORK',
    `cannot get ${repoName(repo)} from ${settings.endpoint}: ${cause.message}. What has arrived is kept, and the same` +
      ' command goes on from there. Check the connection (a proxy?), or name a mirror with HF_ENDPOINT.',
    { cause },
  )
}

const noSpaceCodes = ['ENOSPC', 'EDQUOT', 'EFBIG']

/** A failed write of the cache as an error for the user; any other value as it is. */
export function cacheFailure(cause: unknown, { settings }: HubSession): unknown {
  if (cause instanceof MedtuneError || !(cause instanceof Error && 'syscall' in cause)) return cause
  const code = String((cause as NodeJS.ErrnoException).code)
  const what = noSpaceCodes.includes(code)
    ? 'it is full. Free some space and run the same command again (it goes on where it stopped)'
    : `writing gave ${code}. Check its permissions`
  return new MedtuneError(
    'FILE_UNWRITABLE',
    `the model cache ${settings.cacheDirectory} must be writable; ${what}, or choose another folder with HF_HUB_CACHE.`,
    { cause },
  )
}

export function interrupted({ repo }: HubSession): MedtuneError {
  return new MedtuneError(
    'INTERRUPTED',
    `the download of ${repoName(repo)} was stopped. The same command goes on from there.`,
  )
}
