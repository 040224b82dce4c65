import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { oraclePython } from '../../test-data.fixture.js'
import { bindingFileName } from './binding.js'
import { findCachedBinding, readManifest } from './binding-cache.js'
import { readBindingSources } from './binding-sources.js'
import { setUpNative } from './set-up-native.js'
import { verifyBinding } from './verify-binding.js'

const request = oraclePython === undefined ? {} : { python: oraclePython }

describe.skipIf(oraclePython === undefined)('setUpNative with the TensorFlow of MEDTUNE_PYTHON', () => {
  let cache: string

  beforeAll(() => {
    cache = mkdtempSync(path.join(tmpdir(), 'medtune-setup-'))
    vi.stubEnv('XDG_CACHE_HOME', cache)
  })

  afterAll(() => {
    vi.unstubAllEnvs()
    rmSync(cache, { recursive: true, force: true })
  })

  test('a dry run finds everything and writes nothing', async () => {
    const lines: string[] = []
    const result = await setUpNative({ ...request, dryRun: true, onStage: (line) => lines.push(line) })
    expect(result.outcome).toBe('planned')
    expect(lines.join('\n')).toMatch(/TensorFlow 2\..*\nwould build with /)
    expect(readdirSync(cache)).toEqual([])
  })

  test('an abort stops the compiler and leaves nothing half-done', async () => {
    const controller = new AbortController()
    const stopped = setUpNative({ ...request, signal: controller.signal })
    setTimeout(() => controller.abort(), 1500)
    await expect(stopped).rejects.toThrow()
    expect(readdirSync(path.join(cache, 'medtune/native'))).toEqual([])
  })

  test('builds, checks, and is a no-op the second time', async () => {
    const built = await setUpNative(request)
    expect(built.outcome).toBe('built')
    expect(built.verification?.gflops).toBeGreaterThan(0)
    const manifest = readManifest(built.folder)
    expect(manifest?.tensorflowVersion).toBe(built.verification?.tensorflowVersion)
    expect(readdirSync(built.folder).sort()).toEqual(['library_start.node', 'manifest.json', bindingFileName])
    expect(findCachedBinding(readBindingSources().hash).folder).toBe(built.folder)

    const modified = statSync(path.join(built.folder, bindingFileName)).mtimeMs
    const again = await setUpNative(request)
    expect(again).toMatchObject({ outcome: 'current', folder: built.folder })
    expect(statSync(path.join(built.folder, bindingFileName)).mtimeMs).toBe(modified)
  })

  test("builds against an archive of Google's layout", async () => {
    const { tensorflow } = await setUpNative({ ...request, dryRun: true })
    const root = path.join(cache, 'libtensorflow')
    mkdirSync(path.join(root, 'lib'), { recursive: true })
    const library = path.join(tensorflow.folder, 'libtensorflow_cc.so.2')
    symlinkSync(library, path.join(root, 'lib/libtensorflow.so.2'))
    // The name the library gives itself, which the dynamic loader looks for.
    symlinkSync(library, path.join(root, 'lib/libtensorflow_cc.so.2'))
    const framework = 'libtensorflow_framework.so.2'
    symlinkSync(path.join(tensorflow.folder, framework), path.join(root, 'lib', framework))
    symlinkSync(tensorflow.includeFolder, path.join(root, 'include'))
    const archive = path.join(cache, 'libtensorflow-cpu-2.21.0.tar.gz')
    execFileSync('tar', ['-czf', archive, '-C', root, 'lib', 'include'])
    const built = await setUpNative({ from: archive })
    expect(built.tensorflow.version).toBe('2.21.0')
    expect(built.verification?.gflops).toBeGreaterThan(0)
  })

  test('a binding without its library is a message, not a crash', async () => {
    const empty = path.join(cache, 'empty')
    expect(existsSync(empty)).toBe(false)
    await expect(verifyBinding(empty)).rejects.toMatchObject({
      code: 'SETUP_FAILED',
      message: expect.stringContaining('must multiply two matrices; it did not: '),
    })
  })
})
