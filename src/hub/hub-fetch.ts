import { setTimeout as delay } from 'node:timers/promises'
import { MedtuneError } from '../errors.js'
import { BrokenConnection, interrupted, refusal, unreachable } from './hub-errors.js'
import type { HubSession } from './hub-session.js'

/** Attempts in a row without a byte more before giving up. */
const attempts = 5
const longestWaitMs = 300_000
const mostRedirects = 5

/** A request that can be given up: aborted by the session's signal, or after `stallMs` without `alive()`. */
export class PatientRequest {
  private readonly controller = new AbortController()
  private timer: NodeJS.Timeout | undefined
  private readonly abort = (): void => this.controller.abort()

  constructor(private readonly session: HubSession) {
    session.signal?.addEventListener('abort', this.abort)
    this.alive()
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** Something arrived: wait again. */
  alive(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(this.abort, this.session.stallMs ?? 30_000)
  }

  /** Ends the connection too, should it still be open. */
  close(): void {
    clearTimeout(this.timer)
    this.session.signal?.removeEventListener('abort', this.abort)
    this.abort()
  }
}

/**
 * One request, following redirects by hand. The token goes to the endpoint's own origin and nowhere else: large files lie
 * on other hosts, whose addresses are signed.
 *
 * @throws BrokenConnection for what another attempt may mend (no connection, 408, 429, 5xx); MedtuneError for a refusal
 */
export async function requestOnce(
  session: HubSession,
  address: string,
  request: PatientRequest,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { endpoint, token } = session.settings
  let url = new URL(address)
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const isOwn = url.origin === new URL(endpoint).origin
    const authorization = isOwn && token !== undefined ? { authorization: `Bearer ${token}` } : {}
    const response = await connect(session, url, {
      headers: { 'user-agent': 'medtune', ...headers, ...authorization },
      redirect: 'manual',
      signal: request.signal,
    })
    request.alive()
    const location = response.headers.get('location')
    if (response.status < 300 || response.status > 399 || location === null) return checked(session, response)
    await response.body?.cancel()
    const next = new URL(location, url)
    if (next.protocol !== 'https:' && next.protocol !== url.protocol) {
      throw new MedtuneError(
        'NETWORK',
        `${url.host} sent the download on to an address without encryption. Check HF_ENDPOINT.`,
      )
    }
    url = next
  }
  throw new BrokenConnection(`the server redirected more than ${mostRedirects} times`)
}

async function connect({ signal }: HubSession, url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw new BrokenConnection(`no answer from ${url.host}`, undefined, { cause })
  }
}

function checked(session: HubSession, response: Response): Response {
  const { status, ok } = response
  if (ok || status === 416) return response
  if (status === 429) {
    const message = 'the server asks to slow down (429); with HF_TOKEN set, it allows more'
    throw new BrokenConnection(message, waitMs(response))
  }
  if (status === 408 || status >= 500)
    throw new BrokenConnection(`the server answered ${status}`, waitMs(response))
  throw refusal(session, response)
}

/** `Retry-After`, in seconds or as a date. */
function waitMs({ headers }: Response): number | undefined {
  const text = headers.get('retry-after')
  if (text === null) return undefined
  const milliseconds = /^\d+(\.\d+)?$/.test(text) ? 1000 * Number(text) : Date.parse(text) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.min(Math.max(0, milliseconds), longestWaitMs)
}

/**
 * Runs `attempt` until it succeeds, with growing pauses between, at most `attempts` times in a row without progress.
 *
 * @param progress a figure that grows while an attempt gets somewhere
 * @throws NETWORK after the last attempt, INTERRUPTED
 */
export async function withRetries<Result>(
  session: HubSession,
  attempt: () => Promise<Result>,
  progress: () => number = () => 0,
): Promise<Result> {
  for (let failures = 0, before = progress(); ; ) {
    if (session.signal?.aborted) throw interrupted(session)
    try {
      return await attempt()
    } catch (cause) {
      if (session.signal?.aborted) throw interrupted(session)
      if (!(cause instanceof BrokenConnection)) throw cause
      failures = progress() > before ? 1 : failures + 1
      before = progress()
      if (failures >= attempts) throw unreachable(session, cause)
      const pauseMs = cause.waitMs ?? (session.retryMs ?? 1000) * 2 ** (failures - 1)
      if (pauseMs > 5000)
        session.onNotice?.(`${cause.message}; trying again in ${Math.round(pauseMs / 1000)} s`)
      const options = session.signal === undefined ? {} : { signal: session.signal }
      await delay(pauseMs, undefined, options).catch(() => undefined) // Aborted: noticed at the top of the loop.
    }
  }
}

/** `fetch` for the hub library: our retries, redirects and errors, with the whole body at hand. */
export function hubFetch(session: HubSession): typeof fetch {
  return (input) =>
    withRetries(session, async () => {
      const request = new PatientRequest(session)
      try {
        const address = input instanceof Request ? input.url : String(input)
        const response = await requestOnce(session, address, request, { accept: 'application/json' })
        const body = await response.arrayBuffer().catch((cause: unknown) => {
          throw new BrokenConnection('the connection broke off', undefined, { cause })
        })
        return new Response(body, { status: response.status, headers: response.headers })
      } finally {
        request.close()
      }
    })
}
