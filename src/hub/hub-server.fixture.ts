import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ServedRepo {
  /** File name → content. */
  readonly files: ReadonlyMap<string, Buffer>
  /** Files kept on the other host, under their sha256. */
  readonly large: ReadonlySet<string>
  readonly commit: string
  /** Only with this token. */
  readonly token?: string
  readonly gated?: boolean
}

/** Answers a request in place of the server; false leaves it to the server. */
export type Fault = (request: IncomingMessage, response: ServerResponse, content: Buffer) => boolean

export interface HubServer {
  readonly endpoint: string
  readonly repos: Map<string, ServedRepo>
  /** Every request: host (`hub` or `cdn`), method, path, authorization and range. */
  readonly requests: { host: string; path: string; authorization?: string; range?: string }[]
  /** Set to break the sending of contents. */
  fault: Fault | undefined
  /** Set to answer anything the hub is asked. */
  apiFault: Fault | undefined
  close(): Promise<void>
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

export function gitSha1(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}

/** A server that speaks the hub's API over real HTTP, with large files on a second host. */
export async function startHubServer(): Promise<HubServer> {
  const servers: Server[] = []
  const listen = async (answer: (request: IncomingMessage, response: ServerResponse) => void) => {
    const server = createServer(answer)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const blobs = new Map<string, Buffer>()
  const log = (host: string, { url = '', headers }: IncomingMessage): void => {
    const { authorization, range } = headers
    hub.requests.push({
      ...{ host, path: url },
      ...(authorization === undefined ? {} : { authorization }),
      ...(range === undefined ? {} : { range }),
    })
  }
  const cdn = await listen((request, response) => {
    log('cdn', request)
    const content = blobs.get((request.url ?? '').split('/').at(-1) ?? '')
    if (content === undefined) response.writeHead(404).end()
    else if (hub.fault?.(request, response, content) !== true) sendContent(request, response, content)
  })
  const endpoint = await listen((request, response) => {
    log('hub', request)
    if (hub.apiFault?.(request, response, Buffer.alloc(0)) === true) return
    answerHub(hub, cdn, blobs, request, response)
  })
  const hub: HubServer = {
    ...{ endpoint, repos: new Map(), requests: [], fault: undefined, apiFault: undefined },
    async close() {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
  return hub
}

/** Sends a content, from the asked byte on, and cuts the connection after `cutAfter` bytes. */
export function sendContent(
  request: IncomingMessage,
  response: ServerResponse,
  content: Buffer,
  cutAfter: number = Number.POSITIVE_INFINITY,
): void {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const part = content.subarray(from)
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': part.length,
    ...(from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}),
  })
  if (request.method === 'HEAD') response.end()
  else if (cutAfter >= part.length) response.end(part)
  else response.write(part.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 20))
}

function answerHub(
  hub: HubServer,
  cdn: string,
  blobs: Map<string, Buffer>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { pathname } = new URL(request.url ?? '', hub.endpoint)
  const [, api, id = '', kind = '', revision = '', file = ''] =
    /^(\/api\/models)?\/([^/]+\/[^/]+)\/(revision|tree|resolve)\/([^/]+)(?:\/(.+))?$/.exec(
      decodeURIComponent(pathname),
    ) ?? []
  const deny = (status: number, code: string): void => {
    response.writeHead(status, { 'x-error-code': code, 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: code }))
  }
  const repo = hub.repos.get(id)
  if (repo === undefined) {
    deny(401, 'RepoNotFound')
    return
  }
  if (repo.token !== undefined && request.headers.authorization !== `Bearer ${repo.token}`) {
    deny(401, repo.gated ? 'GatedRepo' : 'RepoNotFound')
    return
  }
  if (revision !== 'main' && revision !== repo.commit) {
    deny(404, 'RevisionNotFound')
    return
  }
  if (api !== undefined) {
    answerApi(repo, id, { kind, folder: file }, response)
    return
  }
  const content = repo.files.get(file)
  if (content === undefined) {
    deny(404, 'EntryNotFound')
    return
  }
  const isLarge = repo.large.has(file)
  const hash = isLarge ? sha256(content) : gitSha1(content)
  response.setHeader('x-repo-commit', repo.commit)
  response.setHeader('etag', `"${hash}"`)
  if (!isLarge) {
    if (hub.fault?.(request, response, content) !== true) sendContent(request, response, content)
    return
  }
  blobs.set(hash, content)
  response.setHeader('x-linked-etag', `"${hash}"`)
  response.setHeader('x-linked-size', content.length)
  response.writeHead(302, { location: `${cdn}/signed/${hash}` }).end()
}

function answerApi(
  repo: ServedRepo,
  id: string,
  { kind, folder }: { kind: string; folder: string },
  response: ServerResponse,
): void {
  const folderOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('/')))
  const folders = new Set([...repo.files.keys()].map(folderOf).filter((name) => name !== ''))
  const entries = [...repo.files].filter(([name]) => folderOf(name) === folder)
  const files = entries.map(([path, content]) => ({
    ...{ type: 'file', path, size: content.length, oid: gitSha1(content) },
    ...(repo.large.has(path)
      ? { lfs: { oid: sha256(content), size: content.length, pointerSize: 134 } }
      : {}),
  }))
  const below = folder === '' ? [...folders] : []
  const tree = [...below.map((path) => ({ type: 'directory', path, size: 0, oid: '' })), ...files]
  const info = {
    ...{ _id: id, id, modelId: id, sha: repo.commit, private: false, gated: false, downloads: 0, likes: 0 },
    ...{ tags: [], lastModified: new Date(0).toISOString() },
    siblings: [...repo.files.keys()].map((rfilename) => ({ rfilename })),
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(kind === 'tree' ? tree : info))
}
