import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { temporaryFolder } from '../../datasets/datasets.fixture.js'
import { repositoryRoot } from '../../test-data.fixture.js'
import { hashPassword, readPasswordHash, writePassword } from './password.js'
import { checkRemoteAccess, type RemoteAccess } from './remote-access.js'
import { startTestServer, type TestServer } from './server.fixture.js'

const folder = temporaryFolder()
const password = 'correct horse'

function makeCertificate(name: string): RemoteAccess & { files: string[] } {
  const files = [path.join(folder, `${name}.crt`), path.join(folder, `${name}.key`)]
  const [crt = '', key = ''] = files
  const subject = [
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=DNS:${name},DNS:*.lab.example,IP:127.0.0.1`,
  ]
  const options = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', crt]
  execFileSync('openssl', [...options, ...subject], { stdio: 'ignore' })
  return { certificate: readFileSync(crt, 'utf8'), key: readFileSync(key, 'utf8'), files }
}

const remote = makeCertificate('notes.example')

interface Answer {
  readonly status: number
  readonly cookie: string
}

function ask(
  server: TestServer,
  pathname: string,
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const options = {
      host: '127.0.0.1',
      port: server.port,
      path: pathname,
      ca: remote.certificate,
      servername: 'notes.example',
      method,
      headers,
    }
    request(options, (response) => {
      response.resume()
      resolve({ status: response.statusCode ?? 0, cookie: response.headers['set-cookie']?.[0] ?? '' })
    })
      .on('error', reject)
      .end(body)
  })
}

test('a server for other machines speaks TLS, under the names of its certificate only, to whoever has the password', async () => {
  const server = await startTestServer({ remote, passwordHash: await hashPassword(password) })
  try {
    expect(server.origin).toBe(`https://notes.example:${server.port}`)
    const token = { authorization: `token ${server.token}` }
    const statusUnder = async (host: string) =>
      (await ask(server, '/api/contents', { ...token, host })).status
    const { port } = server
    for (const name of ['notes.example', 'any.lab.example', '127.0.0.1', 'localhost'])
      expect(await statusUnder(`${name}:${port}`), name).toBe(200)
    for (const host of [`evil.example:${port}`, `lab.example:${port}`, 'notes.example', `10.0.0.1:${port}`])
      expect(await statusUnder(host), host).toBe(403)
    const host = `notes.example:${port}`
    expect((await ask(server, '/api/contents', { host })).status).toBe(403)
    const form = { host, origin: `https://${host}`, 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await ask(server, '/login', form, `password=${encodeURIComponent(password)}`)
    expect(answer.status).toBe(302)
    expect(answer.cookie).toMatch(/HttpOnly; SameSite=Strict; Path=\/; Secure/)
    const cookie = answer.cookie.split(';')[0] ?? ''
    expect((await ask(server, '/api/contents', { host, cookie })).status).toBe(200)
    // The same page over plain HTTP would be another site.
    const plain = { ...form, origin: `http://${host}` }
    expect((await ask(server, '/login', plain, 'password=x')).status).toBe(403)
    await expect(fetch(`http://127.0.0.1:${port}/api`)).rejects.toThrow()
    const socket = new WebSocket(`wss://127.0.0.1:${port}/api/events/subscribe`, {
      ca: remote.certificate,
      headers: { host, cookie, origin: `https://${host}` },
    })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    socket.close()
  } finally {
    await server.close()
  }
})

test('without remote access the server listens on this machine alone', async () => {
  const server = await startTestServer()
  try {
    const listening = readFileSync('/proc/net/tcp', 'utf8').split('\n')
    const port = server.port.toString(16).toUpperCase().padStart(4, '0')
    const addresses = listening.flatMap(
      (line) => / ([0-9A-F]{8}):([0-9A-F]{4}) 00000000:0000 0A/.exec(line) ?? [],
    )
    const index = addresses.lastIndexOf(port)
    expect(addresses[index - 1]).toBe('0100007F')
  } finally {
    await server.close()
  }
})

describe('medtune notebook --allow-remote', () => {
  const [certfile = '', keyfile = ''] = remote.files
  const files = ['--certfile', certfile, '--keyfile', keyfile]
  const state = path.join(folder, 'state')

  function refusal(args: readonly string[], env: NodeJS.ProcessEnv = {}, input = ''): string {
    const bin = path.join(repositoryRoot, 'src/app/cli/bin.mjs')
    const options = {
      env: { ...process.env, XDG_STATE_HOME: state, ...env },
      input,
      encoding: 'utf8' as const,
    }
    try {
      return execFileSync(process.execPath, [bin, 'notebook', '--no-browser', ...args], {
        ...options,
        stdio: 'pipe',
        timeout: 30_000,
      })
    } catch (error) {
      return (error as { stderr: string }).stderr
    }
  }

  test('wants a password, a certificate and its key, and says how to get each', () => {
    expect(refusal(['--allow-remote', ...files])).toMatch(
      /INVALID_ARGUMENT: .*needs a password.*medtune notebook password/,
    )
    expect(refusal(['--allow-remote'])).toMatch(/INVALID_ARGUMENT: .*--certfile and --keyfile.*openssl req/)
    expect(refusal(['--certfile', certfile])).toMatch(/INVALID_ARGUMENT: .*--allow-remote/)
    expect(
      refusal(['--allow-remote', '--certfile', keyfile, '--keyfile', keyfile], {
        MEDTUNE_PASSWORD_FILE: certfile,
      }),
    ).toMatch(/INVALID_ARGUMENT: .*PEM files of one certificate/)
    expect(
      refusal(['--allow-remote', ...files], { MEDTUNE_PASSWORD_FILE: path.join(folder, 'none') }),
    ).toMatch(/FILE_UNREADABLE: MEDTUNE_PASSWORD_FILE/)
  })

  test('password reads it from the terminal or a pipe and keeps its hash for the user alone', async () => {
    expect(refusal(['password'], {}, 'short\n')).toMatch(/INVALID_ARGUMENT: .*at least 8/)
    expect(refusal(['password'], {}, `${password}\n`)).toContain('password.txt')
    const hash = await readPasswordHash(path.join(state, 'medtune'), {})
    expect(hash).toMatch(/^scrypt:/)
    expect(hash).not.toContain(password)
  })
})

test('the password is read from the file that the environment names, as it is or as a hash', async () => {
  const [own, file] = [path.join(folder, 'own'), path.join(folder, 'password')]
  expect(await readPasswordHash(own, {})).toBeUndefined()
  await writePassword(own, password)
  const hash = (await readPasswordHash(own, {})) ?? ''
  writeFileSync(file, `${hash}\n`)
  expect(await readPasswordHash('', { MEDTUNE_PASSWORD_FILE: file })).toBe(hash)
  writeFileSync(file, `${password}\n`)
  expect(await readPasswordHash('', { MEDTUNE_PASSWORD_FILE: file })).toMatch(/^scrypt:/)
})

test('an expired certificate is refused', () => {
  vi.useFakeTimers({ now: Date.now() + 1000 * 86_400_000, toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  expect(() => checkRemoteAccess({ remote, passwordHash: 'any' })).toThrow('Renew it')
})
