import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import Fastify, { type FastifyInstance } from 'fastify'
import { MedtuneError } from '../../errors.js'
import {
  type AccessRules,
  hasToken,
  isHostAllowed,
  isOriginAllowed,
  isPage,
  isWrite,
  queryToken,
  tokenCookie,
  withoutToken,
} from './access-rules.js'
import { ContentFolder } from './content-folder.js'
import { addContentRoutes } from './content-routes.js'
import { ContentStore } from './content-store.js'
import { describeError, HttpError, maxBodyBytes } from './http-error.js'
import { startCulling } from './kernel-culler.js'
import { KernelRegistry } from './kernel-registry.js'
import { addKernelRoutes } from './kernel-routes.js'
import { addLoginRoutes } from './login-routes.js'
import { addMedtuneRoutes } from './medtune-routes.js'
import { addPageRoutes } from './page-routes.js'
import { releaseMemoryAfterLargeRequests } from './release-memory.js'
import { checkRemoteAccess, type RemoteAccess } from './remote-access.js'
import { addServiceRoutes } from './service-routes.js'
import { addSettingsRoutes } from './settings-routes.js'
import { defaultStateFolder, StateFolder } from './state-folder.js'
import { sweepOrphans } from './sweep-orphans.js'
import { TrustStore } from './trust-store.js'
import { upgradeSockets } from './upgrade-sockets.js'

const loopback = '127.0.0.1'
const tokenBytes = 24

export interface ServerOptions {
  /** The folder that is shown; nothing outside of it is served. */
  readonly rootFolder: string
  /** The bundle of the page, `dist/browser`. */
  readonly pageFolder: string
  /** 0 takes any that is free. */
  readonly port?: number
  /** Where settings, checkpoints and trust are kept; default the user's state folder. */
  readonly stateFolder?: string
  /** Of `hashPassword`; opens the page besides the token. */
  readonly passwordHash?: string | undefined
  /** Answers other machines, over TLS; without it this machine alone. */
  readonly remote?: RemoteAccess | undefined
  /** Seconds after which a kernel that nobody is connected to and that does nothing is ended; 0 for never (`startCulling`). */
  readonly cullIdleSeconds?: number | undefined
}

export interface RunningServer {
  readonly port: number
  readonly token: string
  /** `http://127.0.0.1:8888` */
  readonly origin: string
  readonly registry: KernelRegistry
  /** Ends all kernels and connections. */
  close(): Promise<void>
}

/**
 * Serves the notebook app and Jupyter's REST and WebSocket API on 127.0.0.1, for whoever has the token.
 *
 * @throws MedtuneError INVALID_ARGUMENT when the port is taken; for remote access without password or with wrong files
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { rootFolder, pageFolder, port = 0, remote } = options
  await sweepOrphans()
  const folder = await ContentFolder.open(rootFolder)
  const state = await StateFolder.open(options.stateFolder ?? defaultStateFolder())
  const store = new ContentStore(folder, await TrustStore.open(state.folder), state.folder)
  const registry = new KernelRegistry(folder)
  const names = checkRemoteAccess(options)
  const isOwnName = (name: string) => names?.includes(name) === true
  let rules: AccessRules = {
    token: randomBytes(tokenBytes).toString('hex'),
    port,
    protocol: remote ? 'https' : 'http',
    isOwnName,
  }
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    routerOptions: { ignoreTrailingSlash: true },
    serverFactory: (handler) =>
      remote
        ? createHttpsServer({ cert: remote.certificate, key: remote.key }, handler)
        : createHttpServer(handler),
  })
  guard(app, () => rules)
  acceptJson(app)
  releaseMemoryAfterLargeRequests(app)
  const sockets = upgradeSockets(app.server, registry, () => rules)
  addLoginRoutes(app, () => rules, options.passwordHash)
  addContentRoutes(app, store)
  addKernelRoutes(app, registry)
  addServiceRoutes(app, registry, state, sockets.publishEvent)
  addSettingsRoutes(app, state, pageFolder)
  addMedtuneRoutes(app, store)
  addPageRoutes(app, { pageFolder, rootFolder: folder.root, version: packageVersion() })
  await listen(app, { port, host: remote ? '0.0.0.0' : loopback })
  const stopCulling = startCulling(registry, options.cullIdleSeconds)
  const address = app.server.address()
  if (typeof address === 'object' && address !== null) rules = { ...rules, port: address.port }
  return {
    port: rules.port,
    token: rules.token,
    origin: `${rules.protocol}://${names?.first ?? loopback}:${rules.port}`,
    registry,
    async close() {
      stopCulling()
      sockets.close()
      await registry.shutdown()
      app.server.closeAllConnections()
      await app.close()
    },
  }
}

/** Host, origin and token are looked at before anything else. */
function guard(app: FastifyInstance, rules: () => AccessRules): void {
  app.addHook('onRequest', async ({ method, url, headers }, reply) => {
    reply.headers({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    })
    if (!isHostAllowed(headers.host, rules()))
      throw new HttpError(403, 'This server does not answer under this host name.')
    if (isWrite(method) && !isOriginAllowed({ headers }, rules()))
      throw new HttpError(403, 'Another site may not change anything here.')
    if (!hasToken({ url, headers }, rules())) {
      if (url === '/api' || /^\/login(\?|$)/.test(url)) return
      if (isPage({ method, url }))
        return reply.redirect(`/login?next=${encodeURIComponent(withoutToken(url))}`)
      throw new HttpError(403, 'The token is missing: open the address that medtune notebook printed.')
    }
    if (isPage({ method, url }) && queryToken(url) !== undefined)
      return reply.header('set-cookie', tokenCookie(rules())).redirect(withoutToken(url))
  })
  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = describeError(error)
    return reply.code(status).send({ message, reason: null })
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'Not found.', reason: null }))
}

/** Clients send JSON under several content types, or none. */
function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? null : JSON.parse(String(body)))
    } catch {
      done(new HttpError(400, 'The body must be JSON.'))
    }
  })
}

async function listen(
  app: FastifyInstance,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `port ${port} must be free; another program listens there. Choose another with --port, or 0 for any.`,
      { cause },
    )
  }
}

function packageVersion(): string {
  // Three levels up from src/app/server as from dist/app/server.
  return JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')).version
}
