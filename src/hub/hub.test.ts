import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../datasets/datasets.fixture.js'
import { type HubServer, type ServedRepo, sendContent, sha256, startHubServer } from './hub-server.fixture.js'
import { type HubSettings, hubSettings } from './hub-settings.js'
import { parseRepoReference } from './repo-reference.js'
import { type ResolveModelOptions, resolveModelFolder } from './resolve-model-folder.js'

const root = temporaryFolder()
const commit = 'a'.repeat(40)
const index = { weight_map: { a: 'model-1.safetensors', b: 'model-2.safetensors' } }
const shards = [randomBytes(300_000), randomBytes(200_000)]

function modelRepo(extra: Partial<ServedRepo> = {}): ServedRepo {
  const files = new Map([
    ['config.json', Buffer.from('{"model_type":"llama"}')],
    ['tokenizer.json', Buffer.from('{}')],
    ['README.md', Buffer.from('# A model')],
    ['pytorch_model.bin', randomBytes(100)],
    ['model.safetensors.index.json', Buffer.from(JSON.stringify(index))],
    ...shards.map((content, i) => [`model-${i + 1}.safetensors`, content] as const),
  ])
  return { files, large: new Set(['model-1.safetensors', 'model-2.safetensors']), commit, ...extra }
}

let hub: HubServer
let settings: HubSettings
beforeEach(async () => {
  hub = await startHubServer()
  hub.repos.set('org/model', modelRepo())
  const cacheDirectory = mkdtempSync(path.join(root, 'hub-'))
  settings = { endpoint: hub.endpoint, cacheDirectory, token: undefined, offline: false }
})
afterEach(() => hub.close())

function resolve(id: string, options: ResolveModelOptions = {}): Promise<string> {
  return resolveModelFolder(id, { settings, retryMs: 1, stallMs: 500, ...options })
}

function stored(kind: string): string[] {
  const folder = path.join(settings.cacheDirectory, 'models--org--model', kind)
  return existsSync(folder) ? readdirSync(folder) : []
}

test('a repository becomes a snapshot of what training needs; its second use downloads nothing', async () => {
  const progress: number[] = []
  const folder = await resolve('org/model', { onProgress: ({ doneBytes }) => progress.push(doneBytes) })
  expect(folder).toBe(path.join(settings.cacheDirectory, `models--org--model/snapshots/${commit}`))
  expect(readdirSync(folder).sort()).toEqual([
    ...['config.json', 'model-1.safetensors', 'model-2.safetensors', 'model.safetensors.index.json'],
    'tokenizer.json',
  ])
  expect(readFileSync(path.join(folder, 'model-1.safetensors')).equals(shards[0] ?? Buffer.alloc(0))).toBe(
    true,
  )
  expect(readlinkSync(path.join(folder, 'model-2.safetensors'))).toBe(
    path.join('..', '..', 'blobs', sha256(shards[1] ?? Buffer.alloc(0))),
  )
  expect(readFileSync(path.join(settings.cacheDirectory, 'models--org--model/refs/main'), 'utf8')).toBe(
    commit,
  )
  expect(progress.at(-1)).toBeGreaterThan(500_000)
  const before = hub.requests.length
  expect(await resolve('org/model')).toBe(folder)
  expect(hub.requests.slice(before).every(({ path: asked }) => asked.startsWith('/api/'))).toBe(true)
  await hub.close()
  expect(await resolve('org/model', { settings: { ...settings, offline: true } })).toBe(folder)
  expect(await resolve(`org/model@${commit}`)).toBe(folder)
  const notices: string[] = []
  expect(await resolve('org/model', { onNotice: (text) => notices.push(text) })).toBe(folder)
  expect(notices.at(-1)).toMatch(/cannot be reached; org\/model is used as it was last downloaded/)
})

test('named chat templates come with the tokenizer, other folders do not', async () => {
  const extra = [
    ['chat_template.jinja', Buffer.from('default')],
    ['additional_chat_templates/tool_use.jinja', Buffer.from('with tools')],
    ['additional_chat_templates/notes.txt', Buffer.from('no template')],
    ['additional_chat_templates/old/rag.jinja', Buffer.from('too deep')],
    ['original/params.json', Buffer.from('{}')],
  ] as const
  hub.repos.set('org/model', modelRepo({ files: new Map([...modelRepo().files, ...extra]) }))
  const folder = await resolve('org/model')
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['additional_chat_templates', 'tokenizer.json']))
  expect(readdirSync(folder)).not.toContain('original')
  const templates = path.join(folder, 'additional_chat_templates')
  expect(readdirSync(templates)).toEqual(['tool_use.jinja'])
  expect(readFileSync(path.join(templates, 'tool_use.jinja'), 'utf8')).toBe('with tools')
  expect(readlinkSync(path.join(templates, 'tool_use.jinja'))).toMatch(/^\.\.\/\.\.\/\.\.\/blobs\//)
  await hub.close()
  expect(await resolve('org/model', { settings: { ...settings, offline: true } })).toBe(folder)
})

test('the token goes to the hub and to no other host', async () => {
  hub.repos.set('org/model', modelRepo({ token: 'hf_secret' }))
  await resolve('org/model', { settings: { ...settings, token: 'hf_secret' } })
  const toCdn = hub.requests.filter(({ host }) => host === 'cdn')
  expect(toCdn.length).toBe(2)
  expect(toCdn.every(({ authorization }) => authorization === undefined)).toBe(true)
})

test('a cut connection goes on by ranges, in the same call and in the next one', async () => {
  let cuts = 0
  hub.fault = (request, response, content) => {
    if (content.length < 100_000 || cuts++ > 3) return false
    sendContent(request, response, content, 50_000)
    return true
  }
  await resolve('org/model')
  expect(hub.requests.some(({ range }) => range !== undefined)).toBe(true)
  settings = { ...settings, cacheDirectory: mkdtempSync(path.join(root, 'hub-')) }
  const controller = new AbortController()
  const stop = {
    signal: controller.signal,
    onProgress: ({ doneBytes }: { doneBytes: number }) =>
      doneBytes > 20_000 ? controller.abort() : undefined,
  }
  hub.fault = (request, response, content) => {
    if (content.length > 100_000) sendContent(request, response, content, 50_000)
    return content.length > 100_000
  }
  await expect(resolve('org/model', stop)).rejects.toMatchObject({ code: 'INTERRUPTED' })
  expect([stored('snapshots'), stored('refs')]).toEqual([[], []])
  hub.fault = undefined
  hub.requests.length = 0
  await resolve('org/model')
  expect(
    hub.requests.filter(({ host, range }) => host === 'cdn' && range !== undefined).length,
  ).toBeGreaterThan(0)
})

test('wrong bytes are thrown away and asked for once more, then refused', async () => {
  hub.fault = (request, response, content) => {
    if (content.length > 100_000) sendContent(request, response, randomBytes(content.length))
    return content.length > 100_000
  }
  await expect(resolve('org/model')).rejects.toMatchObject({
    code: 'NETWORK',
    message: expect.stringMatching(/must have the hash .* has another, twice/),
  })
  expect([stored('snapshots'), stored('refs')]).toEqual([[], []])
  expect(stored('blobs').some((name) => name === sha256(shards[0] ?? Buffer.alloc(0)))).toBe(false)
})

test('a server that asks to slow down is obeyed; one that never answers is given up', async () => {
  let refusals = 0
  hub.apiFault = (_, response) => {
    if (refusals++ > 1) return false
    response.writeHead(429, { 'retry-after': '0.1' }).end()
    return true
  }
  await resolve('org/model')
  hub.apiFault = (_, response) => {
    response.writeHead(429, { 'retry-after': '0' }).end()
    return true
  }
  settings = { ...settings, cacheDirectory: mkdtempSync(path.join(root, 'hub-')) }
  await expect(resolve('org/model')).rejects.toMatchObject({
    code: 'NETWORK',
    message: expect.stringMatching(/slow down \(429\)/),
  })
  hub.apiFault = () => true
  await expect(resolve('org/model', { stallMs: 20 })).rejects.toMatchObject({ code: 'NETWORK' })
})

describe('a refusal says what to do', () => {
  test.each([
    ['missing', {}, 'org/other', 'MODEL_NOT_FOUND', /neither a folder here nor a model.*set HF_TOKEN/],
    ['bad token', { token: 'hf_old' }, 'org/other', 'ACCESS_DENIED', /token in use must have access/],
    ['gated', {}, 'org/gated', 'ACCESS_DENIED', /wants its conditions accepted first: open .*org\/gated/],
    ['revision', {}, 'org/model@v9', 'MODEL_NOT_FOUND', /has no revision "v9"/],
    ['pickles only', {}, 'org/pickles', 'MODEL_NOT_FOUND', /its weights are \.bin files/],
    ['leading elsewhere', {}, 'org/evil', 'INVALID_SAFETENSORS', /must name \.safetensors files beside it/],
    [
      'offline',
      { offline: true },
      'org/model',
      'MODEL_NOT_FOUND',
      /HF_HUB_OFFLINE.*medtune download org\/model/,
    ],
  ])('%s', async (_, change, id, code, message) => {
    const config = ['config.json', Buffer.from('{}')] as const
    const evil = Buffer.from(JSON.stringify({ weight_map: { a: '../../../evil.safetensors' } }))
    hub.repos.set('org/gated', modelRepo({ token: 'hf_x', gated: true }))
    hub.repos.set('org/pickles', modelRepo({ files: new Map([config, ['model.bin', evil]]) }))
    hub.repos.set('org/evil', modelRepo({ files: new Map([config, ['model.safetensors.index.json', evil]]) }))
    const answer = resolve(id, { settings: { ...settings, ...change } })
    await expect(answer).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

test('a download that the disk cannot hold is refused before it starts', async () => {
  hub.apiFault = (request, response) => {
    if (request.url?.includes('/tree/') !== true) return false
    const entry = (name: string, size: number) => ({ type: 'file', path: name, size, oid: 'b'.repeat(40) })
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify([entry('config.json', 2), { ...entry('model.safetensors', 1e15), oid: 'c'.repeat(40) }]),
    )
    return true
  }
  await expect(resolve('org/model')).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: expect.stringMatching(/needs 1000000\.00 GB .* HF_HUB_CACHE/),
  })
  expect(hub.requests.some(({ path: asked }) => asked.includes('/resolve/'))).toBe(false)
})

test('a folder comes first, and two calls at a time share one download', async () => {
  const folder = mkdtempSync(path.join(root, 'folder-'))
  expect(await resolve(folder)).toBe(folder)
  expect(await resolve('./nowhere')).toBe('./nowhere')
  const [one, two] = await Promise.all([resolve('org/model'), resolve('org/model')])
  expect(one).toBe(two)
  expect(hub.requests.filter(({ host }) => host === 'cdn').length).toBe(2)
})

test('a lock of a process that is gone is taken over', async () => {
  const locks = path.join(settings.cacheDirectory, '.locks/models--org--model')
  mkdirSync(locks, { recursive: true })
  const { hostname } = await import('node:os')
  const holder = JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() })
  writeFileSync(path.join(locks, `${sha256(shards[0] ?? Buffer.alloc(0))}.medtune.lock`), holder)
  await resolve('org/model')
  expect(readdirSync(locks)).toEqual([])
})

test('names of repositories', () => {
  expect(parseRepoReference('org/name@refs/pr/1')).toEqual({ id: 'org/name', revision: 'refs/pr/1' })
  for (const path of ['name', '/a/b', './a', '../a/b', 'a/b/c', 'a/..', 'a--b/c', 'a\\b/c']) {
    expect(parseRepoReference(path), path).toBeUndefined()
  }
  expect(() => parseRepoReference('org/name@../../etc')).toThrow(/must be a branch, a tag or a commit/)
})

test('settings are those of the environment, as Python reads them', () => {
  const home = mkdtempSync(path.join(root, 'home-'))
  writeFileSync(path.join(home, 'token'), 'hf_file\n')
  expect(hubSettings({ HF_HOME: home, HF_ENDPOINT: 'http://mirror/', HF_HUB_OFFLINE: 'yes' })).toEqual({
    ...{ endpoint: 'http://mirror', cacheDirectory: path.join(home, 'hub'), token: 'hf_file', offline: true },
  })
  expect(hubSettings({ HOME: '/h', HF_HOME: '~/x', HF_TOKEN: ' hf_env ' })).toMatchObject({
    ...{ cacheDirectory: '/h/x/hub', token: 'hf_env', offline: false },
  })
  expect(() => hubSettings({ HF_ENDPOINT: 'mirror' })).toThrow(/HF_ENDPOINT must be/)
})
