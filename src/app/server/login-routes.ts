import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { escapeHtml } from '../../notebook/escape-html.js'
import { type AccessRules, isToken, tokenCookie } from './access-rules.js'
import { LoginLimit } from './login-limit.js'
import { isPassword } from './password.js'

const maxFormBytes = 8192

const policy: string = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

interface LoginRequest {
  Body: URLSearchParams
  Querystring: { next?: string }
}

/** `/login`: the form for whoever comes without the token, and what it sends. */
export function addLoginRoutes(
  app: FastifyInstance,
  rules: () => AccessRules,
  passwordHash: string | undefined,
): void {
  const limit = new LoginLimit()
  const secret = passwordHash === undefined ? 'token' : 'password'
  app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: maxFormBytes },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    )
    // A form of a page that names no referrer names no origin either, and would count as another site's.
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('referrer-policy', 'same-origin').header('content-security-policy', policy)
    })
    scope.get<LoginRequest>('/login', ({ query }, reply) => {
      // Whether the request is ours is told by its origin; VS Code takes a page without this cookie for no log-in page.
      reply.header('set-cookie', `_xsrf=${randomBytes(16).toString('hex')}; SameSite=Strict; Path=/`)
      return reply.type('text/html').send(loginPage(secret, localAddress(query.next), ''))
    })
    scope.post<LoginRequest>('/login', async ({ body, ip, query }, reply) => {
      const fields = body instanceof URLSearchParams ? body : new URLSearchParams()
      const given = fields.get('password') ?? ''
      const next = localAddress(fields.get('next') ?? query.next)
      const waitSeconds = limit.attempt(ip)
      if (waitSeconds > 0) {
        const text = `Too many attempts: wait ${waitSeconds} s.`
        reply.code(429).header('retry-after', waitSeconds)
        return reply.type('text/html').send(loginPage(secret, next, text))
      }
      const isRight =
        isToken(given, rules()) || (passwordHash !== undefined && (await isPassword(given, passwordHash)))
      if (!isRight) {
        const page = loginPage(secret, next, `This is not the ${secret}.`)
        return reply.code(401).type('text/html').send(page)
      }
      limit.succeed(ip)
      return reply.header('set-cookie', tokenCookie(rules())).redirect(next)
    })
  })
}

/** Where the user wanted to go, if it is here; else the start page. */
function localAddress(next: string | undefined): string {
  if (next === undefined || !/^\/(lab|tree)?([/?]|$)/.test(next) || /^\/[/\\]/.test(next)) return '/lab'
  const { origin, pathname, search } = new URL(next, 'http://localhost')
  return origin === 'http://localhost' ? pathname.replace(/^\/+/, '/') + search : '/lab'
}

function loginPage(secret: 'token' | 'password', next: string, problem: string): string {
  const where =
    secret === 'token'
      ? 'The token is the end of the address that <code>medtune notebook</code> printed.'
      : 'The password was set with <code>medtune notebook password</code>.'
  const alert = problem === '' ? '' : `<p role="alert">${escapeHtml(problem)}</p>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>medtune: log in</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 15vh auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
input, button { font: inherit; padding: .5rem; width: 100%; box-sizing: border-box; margin-top: .5rem }
button { background: #14506e; color: #fff; border: 0 }
[role=alert] { color: #a30000 }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #111 } [role=alert] { color: #ff9c9c } }
</style>
</head>
<body>
<main>
<h1>medtune</h1>
<p>${where}</p>
${alert}
<form method="post" action="/login">
<input type="hidden" name="next" value="${escapeHtml(next)}">
<label for="password">${secret === 'token' ? 'Token' : 'Password'}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Log in</button>
</form>
</main>
</body>
</html>
`
}
