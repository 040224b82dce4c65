import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LoginLimit } from './login-limit.js'
import { hashPassword, isPassword } from './password.js'
import { startTestServer, type TestServer } from './server.fixture.js'

const password = 'correct horse'
let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ passwordHash: await hashPassword(password) })
})

afterAll(() => server.close())

const open = (address: string, options: RequestInit = {}) =>
  fetch(`${server.origin}${address}`, { redirect: 'manual', ...options })

function logIn(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  return open('/login', { method: 'POST', body: new URLSearchParams(fields), headers })
}

describe('whoever comes without the token', () => {
  test.each(['/', '/lab', '/lab/tree/notebooks/a.ipynb', '/tree?'])(
    'is asked for it at %s',
    async (address) => {
      const response = await open(address)
      expect(response.status).toBe(302)
      const next = new URL(response.headers.get('location') ?? '', server.origin)
      expect(next.pathname).toBe('/login')
      expect(next.searchParams.get('next')).toBe(address.replace('?', ''))
    },
  )

  test('is refused by the API, and learns nothing from it', async () => {
    for (const address of [
      '/api/contents',
      '/lab/api/settings',
      '/medtune/api/state',
      '/static/index.html',
    ]) {
      const response = await open(address)
      expect(response.status).toBe(403)
      expect(await response.text()).not.toContain(server.root)
    }
  })

  test('gets a page without any script, that may send to this server only', async () => {
    const response = await open('/login')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*form-action 'self'/)
    expect(response.headers.get('referrer-policy')).toBe('same-origin')
    expect(await response.text()).not.toMatch(/<script/i)
  })

  test('goes where it wanted after the password, with a cookie that opens everything', async () => {
    const response = await logIn({ password, next: '/lab/tree/a b.ipynb' }, { origin: server.origin })
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe('/lab/tree/a%20b.ipynb')
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/)
    const contents = await open('/api/contents', { headers: { cookie: cookie.split(';')[0] ?? '' } })
    expect(contents.status).toBe(200)
  })

  test('may give the token instead of the password', async () => {
    expect((await logIn({ password: server.token })).status).toBe(302)
  })

  test.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '/lab@evil',
    'javascript:alert(1)',
    '/api/contents',
  ])('is never sent on to %s', async (next) => {
    const response = await logIn({ password, next })
    expect(response.headers.get('location')).toBe('/lab')
  })

  test('a wrong address cannot write into the page', async () => {
    const page = await (
      await open(`/login?next=${encodeURIComponent('/lab/"><script>alert(1)</script>')}`)
    ).text()
    expect(page).not.toContain('<script>')
  })

  test('no other site may log in', async () => {
    expect((await logIn({ password }, { origin: 'http://evil.example' })).status).toBe(403)
    expect((await logIn({ password }, { origin: 'null' })).status).toBe(403)
  })

  test('is slowed down: five wrong passwords a minute, and then not even the right one', async () => {
    const guesses = await Promise.all(Array.from({ length: 8 }, (_, i) => logIn({ password: `guess ${i}` })))
    const statuses = guesses.map(({ status }) => status).sort()
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429])
    const refused = await logIn({ password })
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.text()).toContain('Too many attempts')
    // Whoever has the token is not kept out by others' guesses.
    expect((await server.ask('/api/contents')).status).toBe(200)
  })
})

describe('LoginLimit', () => {
  test('forgets after a minute, counts each address by itself and all together', () => {
    let now = 0
    const limit = new LoginLimit(() => now)
    for (let i = 0; i < 5; i++) expect(limit.attempt('a')).toBe(0)
    now = 10_000
    expect(limit.attempt('a')).toBe(50)
    expect(limit.attempt('b')).toBe(0)
    limit.succeed('b')
    for (let i = 0; i < 45; i++) expect(limit.attempt(`other ${i}`)).toBe(0)
    expect(limit.attempt('c')).toBeGreaterThan(0)
    now = 60_000
    expect(limit.attempt('a')).toBe(0)
  })
})

describe('passwords', () => {
  test('are kept as a salted hash', async () => {
    const [first, second] = [await hashPassword(password), await hashPassword(password)]
    expect(first).not.toBe(second)
    expect(first).not.toContain(password)
    expect(await isPassword(password, first)).toBe(true)
    expect(await isPassword(`${password} `, first)).toBe(false)
    expect(await isPassword('', first)).toBe(false)
    expect(await isPassword(password, 'nonsense')).toBe(false)
  })

  test('are the same however the keyboard composes them, and at least 8 characters long', async () => {
    expect(await isPassword('cafe\u0301 cafe', await hashPassword('caf\u00e9 cafe'))).toBe(true)
    await expect(hashPassword('short')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
