import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { writeFakeTensorFlow } from '../fake-tensorflow.fixture.js'
import { type FakeIndex, serveFakeIndex } from './fake-index.fixture.js'
import { archiveFileTensorFlow, googleTensorFlow } from './tensorflow-archive.js'

const machine = process.arch === 'arm64' ? 'arm64' : 'x86_64'
const archiveName = `libtensorflow-cpu-linux-${machine}.tar.gz`
const search = { looked: [], dryRun: false }

let folder: string
let index: FakeIndex | undefined

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'medtune-archive-'))
  vi.stubEnv('XDG_CACHE_HOME', path.join(folder, 'cache'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await index?.close()
  index = undefined
  rmSync(folder, { recursive: true, force: true })
})

/** An archive as Google lays it out. */
function writeArchive(options: { machine?: string } = {}): string {
  const package_ = writeFakeTensorFlow(path.join(folder, 'site'), options)
  const root = path.join(folder, 'root')
  mkdirSync(path.join(root, 'lib'), { recursive: true })
  renameSync(path.join(package_, 'libtensorflow_cc.so.2'), path.join(root, 'lib/libtensorflow.so.2'))
  const framework = 'libtensorflow_framework.so.2'
  renameSync(path.join(package_, framework), path.join(root, 'lib', framework))
  renameSync(path.join(package_, 'include'), path.join(root, 'include'))
  const file = path.join(folder, archiveName)
  execFileSync('tar', ['-czf', file, '-C', root, 'lib', 'include'])
  return file
}

async function serve(content: Buffer): Promise<FakeIndex> {
  index = await serveFakeIndex('none', { [archiveName]: content })
  vi.stubEnv('MEDTUNE_LIBTENSORFLOW_URL', new URL('/files', index.url).href)
  return index
}

test('an archive on the disk is unpacked and told from a wheel', async () => {
  const file = writeArchive()
  const found = await archiveFileTensorFlow.find({ ...search, from: file })
  expect(found).toMatchObject({
    libraries: ['libtensorflow.so.2', 'libtensorflow_framework.so.2'],
    cuda: false,
  })
  expect(existsSync(path.join(found?.includeFolder ?? '', 'tensorflow/c/c_api.h'))).toBe(true)
  expect(await archiveFileTensorFlow.find({ ...search, from: '/some.whl' })).toBeUndefined()
})

test('a download that was cut goes on where it stopped, and the second run downloads nothing', async () => {
  const content = readFileSync(writeArchive())
  const server = await serve(content)
  server.cutAfterBytes = 300
  await expect(googleTensorFlow.find({ ...search, version: '2.18' })).rejects.toThrow()
  server.cutAfterBytes = Number.POSITIVE_INFINITY
  const found = await googleTensorFlow.find({ ...search, version: '2.18' })
  expect(found?.version).toBe('2.18.0')
  expect(server.ranges.at(-1)).toBe(`300-${content.length - 1}`)
  const asked = server.ranges.length
  expect((await googleTensorFlow.find({ ...search, version: '2.18' }))?.folder).toBe(found?.folder)
  expect(server.ranges.length).toBe(asked)
  expect(readdirSync(path.join(folder, 'cache/medtune/tensorflow'))).toEqual([
    `${archiveName.replace('.tar.gz', '')}-2.18.0`,
  ])
})

test('a damaged archive is thrown away with an error, and the next run starts anew', async () => {
  const content = readFileSync(writeArchive())
  const damaged = Buffer.from(content)
  damaged.fill(0xff, content.length >> 1)
  await serve(damaged)
  await expect(googleTensorFlow.find(search)).rejects.toThrow(/must unpack/)
  expect(readdirSync(path.join(folder, 'cache/medtune/tensorflow'))).toEqual([])
})

test('a dry run only says what would be downloaded; another processor is refused', async () => {
  const lines: string[] = []
  await googleTensorFlow.find({ ...search, dryRun: true, onStage: (line) => lines.push(line) })
  expect(lines[0]).toContain(`/2.18.0/${archiveName}`)
  expect(existsSync(path.join(folder, 'cache'))).toBe(false)
  const other = process.arch === 'x64' ? 'arm64' : 'x64'
  await expect(
    archiveFileTensorFlow.find({ ...search, from: writeArchive({ machine: other }) }),
  ).rejects.toThrow(`must be built for ${process.arch}`)
})
