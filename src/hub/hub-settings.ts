import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { MedtuneError } from '../errors.js'

/** Where models come from and where they are kept: the environment variables that Python's `huggingface_hub` reads. */
export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string
  /** Holds `models--org--name/`. */
  readonly cacheDirectory: string
  /** Sent to the endpoint's own host and to no other. */
  readonly token: string | undefined
  /** Use what the cache holds; ask no server. */
  readonly offline: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads `HF_ENDPOINT`, `HF_HUB_CACHE` or `HF_HOME`, `HF_TOKEN` or the file that `hf auth login` writes, `HF_HUB_OFFLINE`.
 *
 * @throws INVALID_ARGUMENT when HF_ENDPOINT is no http address
 */
export function hubSettings(environment: Environment = process.env): HubSettings {
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined
  const caches = given('XDG_CACHE_HOME') ?? '~/.cache'
  const home = expand(given('HF_HOME') ?? path.join(caches, 'huggingface'), environment)
  const cache = given('HF_HUB_CACHE') ?? given('HUGGINGFACE_HUB_CACHE') ?? path.join(home, 'hub')
  const tokenFile = expand(given('HF_TOKEN_PATH') ?? path.join(home, 'token'), environment)
  const isImplicit = !isTrue(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN)
  return {
    endpoint: checkedEndpoint(given('HF_ENDPOINT') ?? 'https://huggingface.co'),
    cacheDirectory: path.resolve(expand(cache, environment)),
    token: isImplicit
      ? (given('HF_TOKEN') ?? given('HUGGING_FACE_HUB_TOKEN') ?? readToken(tokenFile))
      : undefined,
    offline: isTrue(environment.HF_HUB_OFFLINE) || isTrue(environment.TRANSFORMERS_OFFLINE),
  }
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes(value?.toUpperCase() ?? '')
}

/** `~` and `$NAME` as a shell reads them: these values often come from files that no shell has seen. */
function expand(folder: string, environment: Environment): string {
  const named = folder.replace(
    /\$(\w+)|\$\{(\w+)\}/g,
    (all, plain, braced) => environment[plain ?? braced] ?? all,
  )
  return named === '~' || named.startsWith('~/')
    ? path.join(environment.HOME ?? homedir(), named.slice(1))
    : named
}

function checkedEndpoint(endpoint: string): string {
  const { protocol } = URL.canParse(endpoint) ? new URL(endpoint) : { protocol: '' }
  if (protocol === 'https:' || protocol === 'http:') return endpoint.replace(/\/+$/, '')
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `HF_ENDPOINT must be an http or https address; got ${endpoint}. Unset it for https://huggingface.co.`,
  )
}

function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
