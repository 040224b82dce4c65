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

export function tokenCookie({ token, port }: AccessRules): string {
  return `${cookieName(port)}=${token}; HttpOnly; SameSite=Strict; Path=/`
}

/**
 * Names under which this server answers. Another name that leads to 127.0.0.1 is a page of another host that rebinds
 * its own name.
 */
export function isHostAllowed(host: string | undefined, port: number): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].some((name) => host?.toLowerCase() === `${name}:${port}`)
}

/** A browser names the origin of every write and of every WebSocket; other programs name none. */
export function isOriginAllowed({ headers }: Pick<AccessRequest, 'headers'>): boolean {
  const { origin } = headers
  if (origin === undefined) return headers['sec-fetch-site'] !== 'cross-site'
  return origin.toLowerCase() === `http://${headers.host?.toLowerCase()}`
}

export function isWrite(method: string): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method)
}

/** The token as header (`Authorization: token …` or `Bearer …`), in the query, or in the cookie. */
export function hasToken({ url, headers }: Omit<AccessRequest, 'method'>, rules: AccessRules): boolean {
  const fromHeader = /^(?:token|bearer)\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim().split('='))
  const fromCookie = cookies.find(([name]) => name === cookieName(rules.port))?.[1]
  return [fromHeader, queryToken(url), fromCookie].some((given) => isSame(given, rules.token))
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
function isSame(given: string | undefined, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given ?? ''), digest(wanted)) && given !== undefined
}
