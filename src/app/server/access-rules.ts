import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** What of a request decides whether it may pass; HTTP requests and WebSocket upgrades have the same. */
interface AccessRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

export interface AccessRules {
  readonly token: string
  readonly port: number
  readonly protocol: 'http' | 'https'
  /** Names of this server besides those of the machine itself. */
  readonly isOwnName?: (name: string) => boolean
}

/** What the page may load and run; nothing of another host, no inline script. */
export const pagePolicy: string = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "media-src 'self' data: blob:",
  "frame-src 'self' blob: data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ')

/** For files of the user: whatever is in them runs in no origin, and not at all. */
export const filePolicy: string =
  "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"

/** Browsers send cookies of a host to all its ports: two servers must not share a name. */
function cookieName(port: number): string {
  return `medtune-token-${port}`
}

export function tokenCookie({ token, port, protocol }: AccessRules): string {
  const secure = protocol === 'https' ? '; Secure' : ''
  return `${cookieName(port)}=${token}; HttpOnly; SameSite=Strict; Path=/${secure}`
}

/**
 * Names under which this server answers. Another name that leads to this machine is a page of another host that rebinds
 * its own name.
 */
export function isHostAllowed(host: string | undefined, { port, protocol, isOwnName }: AccessRules): boolean {
  const [, name = '', givenPort] =
    /^(\[[\da-f:]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(host?.toLowerCase() ?? '') ?? []
  const defaultPort = protocol === 'https' ? 443 : 80
  if (name === '' || Number(givenPort ?? defaultPort) !== port) return false
  return (
    ['127.0.0.1', 'localhost', '[::1]'].includes(name) || isOwnName?.(name.replace(/[[\]]/g, '')) === true
  )
}

/** A browser names the origin of every write and of every WebSocket; other programs name none. */
export function isOriginAllowed(
  { headers }: Pick<AccessRequest, 'headers'>,
  { protocol }: AccessRules,
): boolean {
  const { origin } = headers
  if (origin === undefined) return headers['sec-fetch-site'] !== 'cross-site'
  return origin.toLowerCase() === `${protocol}://${headers.host?.toLowerCase()}`
}

export function isWrite(method: string): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method)
}

/** The token as header (`Authorization: token …` or `Bearer …`), in the query, or in the cookie. */
export function hasToken({ url, headers }: Omit<AccessRequest, 'method'>, rules: AccessRules): boolean {
  const fromHeader = /^(?:token|bearer)\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim().split('='))
  const fromCookie = cookies.find(([name]) => name === cookieName(rules.port))?.[1]
  return [fromHeader, queryToken(url), fromCookie].some((given) => isToken(given, rules))
}

export function queryToken(url: string): string | undefined {
  return new URL(url, 'http://localhost').searchParams.get('token') ?? undefined
}

/** The same address without the token: it must stay in no history, bookmark or referrer. */
export function withoutToken(url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  searchParams.delete('token')
  const query = searchParams.toString()
  // One slash: two would name another host.
  return pathname.replace(/^\/+/, '/') + (query === '' ? '' : `?${query}`)
}

/** Compares digests, which are equally long: the time tells neither length nor prefix. */
export function isToken(given: string | undefined, { token }: AccessRules): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given ?? ''), digest(token)) && given !== undefined
}

/** The addresses of the page: what a person opens, and is asked for the token at. */
export function isPage({ method, url }: Pick<AccessRequest, 'method' | 'url'>): boolean {
  return method === 'GET' && /^\/+((lab(?!\/api\/)|tree)(?=[/?]|$)|$|\?)/.test(url)
}
