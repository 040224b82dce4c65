import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { writeFakeTensorFlow } from '../fake-tensorflow.fixture.js'
import type { TensorFlowSearch } from '../tensorflow-installation.js'
import { type FakeIndex, serveFakeIndex, zipOf } from './fake-index.fixture.js'
import { pypiTensorFlow, wheelFileTensorFlow } from './tensorflow-wheel.js'

const project = process.arch === 'arm64' ? 'tensorflow' : 'tensorflow-cpu'
const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
const wheelName = `${project.replaceAll('-', '_')}-2.21.0-cp312-cp312-manylinux_2_27_${machine}.whl`

let folder: string
let index: FakeIndex | undefined

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'medtune-wheel-'))
  vi.stubEnv('XDG_CACHE_HOME', path.join(folder, 'cache'))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await index?.close()
  index = undefined
  rmSync(folder, { recursive: true, force: true })
})

/** The files of a fake TensorFlow, with a library that does not compress and so is sent alone, and one not needed. */
function wheelFiles(libraryBytes = 6 << 20): Record<string, Buffer> {
  const site = path.join(folder, 'site')
  writeFakeTensorFlow(site)
  const names = readdirSync(site, { recursive: true, withFileTypes: true })
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
  const contents = Object.fromEntries(files.map((file) => [path.relative(site, file), readFileSync(file)]))
  const padding = randomBytes(libraryBytes)
  return {
    ...contents,
    'tensorflow/not-needed.bin': randomBytes(5 << 20),
    'tensorflow/libtensorflow_cc.so.2': Buffer.concat([
      contents['tensorflow/libtensorflow_cc.so.2'] ?? padding,
      padding,
    ]),
    'tensorflow_cpu-2.21.0.dist-info/METADATA': Buffer.from('Version: 2.21.0\n'),
  }
}

async function serve(files: Record<string, Buffer>): Promise<FakeIndex> {
  index = await serveFakeIndex(project, { [wheelName]: zipOf(files) })
  vi.stubEnv('PIP_INDEX_URL', index.url)
  return index
}

function search(changes: Partial<TensorFlowSearch> = {}): TensorFlowSearch {
  return { looked: [], dryRun: false, ...changes }
}

describe('pypiTensorFlow', () => {
  test('fetches what is needed and nothing else, once', async () => {
    const files = wheelFiles()
    const { ranges } = await serve(files)
    const progress: number[] = []
    const found = await pypiTensorFlow.find(
      search({ onProgress: (_what, done, total) => progress.push(done / total) }),
    )
    expect(found).toMatchObject({ version: '2.21.0', foundBy: `downloaded ${wheelName}` })
    const library = path.join(found?.folder ?? '', 'libtensorflow_cc.so.2')
    expect(readFileSync(library).equals(files['tensorflow/libtensorflow_cc.so.2'] as Buffer)).toBe(true)
    expect(existsSync(path.join(found?.folder ?? '', 'not-needed.bin'))).toBe(false)
    expect(progress.at(-1)).toBe(1)
    const asked = ranges.length
    expect((await pypiTensorFlow.find(search()))?.folder).toBe(found?.folder)
    expect(ranges).toHaveLength(asked)
  })

  test('goes on after a broken connection where it stopped', async () => {
    const server = await serve(wheelFiles())
    server.cutAfterBytes = 4 << 20
    const found = await pypiTensorFlow.find(search())
    expect(found?.version).toBe('2.21.0')
    const large = server.ranges.filter((range) => {
      const [start = 0, end = 0] = range.split('-').map(Number)
      return end - start > 1 << 20
    })
    const starts = large.map((range) => Number(range.split('-')[0]))
    expect(starts).toHaveLength(2)
    // What was on its way when the connection broke may be lost: at most what the server sent is kept.
    const kept = (starts[1] ?? 0) - (starts[0] ?? 0)
    expect(kept).toBeGreaterThan(1 << 20)
    expect(kept).toBeLessThanOrEqual(4 << 20)
  })

  test('goes on in the next run after an abort, and leaves no half-done folder', async () => {
    const server = await serve(wheelFiles())
    const controller = new AbortController()
    const aborted = pypiTensorFlow.find(
      search({
        signal: controller.signal,
        onProgress: (_what, done, total) => done > total / 2 && controller.abort(),
      }),
    )
    await expect(aborted).rejects.toThrow()
    expect(readdirSync(path.join(folder, 'cache/medtune/tensorflow'))).toEqual([
      `${project}-2.21.0.incomplete`,
    ])
    const asked = server.ranges.length
    expect((await pypiTensorFlow.find(search()))?.version).toBe('2.21.0')
    const resumed = server.ranges.slice(asked).map((range) => range.split('-').map(Number))
    expect(resumed.some(([start = 0, end = 0]) => end - start > 1 << 20 && end - start < 6 << 20)).toBe(true)
    expect(readdirSync(path.join(folder, 'cache/medtune/tensorflow'))).toEqual([`${project}-2.21.0`])
  })

  test('a dry run downloads nothing', async () => {
    await serve(wheelFiles())
    const lines: string[] = []
    await pypiTensorFlow.find(search({ dryRun: true, onStage: (line) => lines.push(line) }))
    expect(lines).toEqual([expect.stringMatching(/^would unpack 6 MB of http:/)])
    expect(existsSync(path.join(folder, 'cache'))).toBe(false)
  })

  test('is not asked when a place was named', async () => {
    expect(await pypiTensorFlow.find(search({ from: '/somewhere' }))).toBeUndefined()
    expect(await pypiTensorFlow.find(search({ python: '/somewhere' }))).toBeUndefined()
  })

  test('damaged bytes are noticed', async () => {
    const zip = zipOf(wheelFiles())
    const at = zip.indexOf('tensorflow/libtensorflow_cc.so.2') + 4096
    zip[at] = (zip[at] ?? 0) ^ 255
    index = await serveFakeIndex(project, { [wheelName]: zip })
    vi.stubEnv('PIP_INDEX_URL', index.url)
    await expect(pypiTensorFlow.find(search())).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('tensorflow/libtensorflow_cc.so.2 of http'),
    })
    expect(existsSync(path.join(folder, `cache/medtune/tensorflow/${project}-2.21.0`))).toBe(false)
  })

  test('says what is wrong with the index', async () => {
    const server = await serve(wheelFiles())
    await expect(pypiTensorFlow.find(search({ version: '9.9.9' }))).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringMatching(/9\.9\.9 must have a wheel for Linux on .*--tensorflow X\.Y\.Z/),
    })
    server.ignoresRanges = true
    await expect(pypiTensorFlow.find(search())).rejects.toThrow('it answered a range request with status 200')
    vi.stubEnv('PIP_INDEX_URL', `${server.url}elsewhere/`)
    await expect(pypiTensorFlow.find(search())).rejects.toThrow(/elsewhere\/.* answered with status 404/)
    vi.stubEnv('PIP_INDEX_URL', 'http://user:secret@127.0.0.1:1/simple/')
    const refused = pypiTensorFlow.find(search())
    await expect(refused).rejects.toMatchObject({ code: 'NETWORK' })
    await expect(refused).rejects.not.toThrow('secret')
  })
})

describe('wheelFileTensorFlow', () => {
  test('unpacks a wheel from the disk', async () => {
    const file = path.join(folder, wheelName)
    writeFileSync(file, zipOf(wheelFiles(100)))
    expect(await wheelFileTensorFlow.find(search({ from: file }))).toMatchObject({
      version: '2.21.0',
      foundBy: `--from ${file}`,
    })
  })

  test.each([
    ['is no archive', (zip: Buffer) => randomBytes(zip.length)],
    ['is cut off', (zip: Buffer) => zip.subarray(0, zip.length / 2)],
    ['is empty', () => Buffer.alloc(0)],
  ])('refuses a wheel that %s', async (_name, damage) => {
    const file = path.join(folder, wheelName)
    writeFileSync(file, damage(zipOf(wheelFiles(100))))
    await expect(wheelFileTensorFlow.find(search({ from: file }))).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringContaining('must be a wheel'),
    })
  })

  test('refuses a wheel without the library, and a file that is not there', async () => {
    const file = path.join(folder, wheelName)
    writeFileSync(file, zipOf({ 'tensorflow/__init__.py': Buffer.from('') }))
    await expect(wheelFileTensorFlow.find(search({ from: file }))).rejects.toThrow(
      'must carry tensorflow/libtensorflow_cc.so.2',
    )
    await expect(wheelFileTensorFlow.find(search({ from: '/nowhere.whl' }))).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    })
  })
})
