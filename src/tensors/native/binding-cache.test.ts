import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bindingFileName } from './binding.js'
import {
  activateBinding,
  type BindingManifest,
  bindingCacheFolder,
  bindingKey,
  findCachedBinding,
  platformName,
  readManifest,
  writeManifest,
} from './binding-cache.js'

let home: string
let environment: Record<string, string>

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'medtune-cache-'))
  environment = { XDG_CACHE_HOME: home }
})

afterEach(() => {
  rmSync(home, { recursive: true, force: true })
})

function writeBinding(folder: string, changes: Partial<BindingManifest> = {}): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(path.join(folder, bindingFileName), '')
  writeManifest(folder, {
    ...{
      key: path.basename(folder),
      tensorflowVersion: '2.21.0',
      tensorflowFolder: home,
      bindingVersion: '4.22.0',
    },
    ...{ sourcesHash: 'current', platform: platformName(), compiler: 'g++ 12' },
    ...changes,
  })
}

describe('bindingKey', () => {
  const tensorflow = {
    folder: '/a/tensorflow',
    includeFolder: '',
    version: '2.21.0',
    foundBy: '',
    libraries: [],
    cuda: false,
  }
  const sources = { version: '4.22.0', hash: 'abc' }
  const key = bindingKey(tensorflow, sources, 'linux-x64')

  test('names the versions and the machine', () => {
    expect(key).toMatch(/^tensorflow-2\.21\.0-binding-4\.22\.0-linux-x64-[0-9a-f]{12}$/)
    expect(bindingKey({ ...tensorflow, foundBy: 'another way' }, sources, 'linux-x64')).toBe(key)
  })

  test('changes with anything that goes into the build', () => {
    const others = [
      bindingKey({ ...tensorflow, folder: '/b/tensorflow' }, sources, 'linux-x64'),
      bindingKey({ ...tensorflow, version: '2.20.0' }, sources, 'linux-x64'),
      bindingKey(tensorflow, { ...sources, hash: 'abd' }, 'linux-x64'),
      bindingKey(tensorflow, sources, 'linux-arm64'),
    ]
    expect(new Set([key, ...others]).size).toBe(5)
  })
})

test('the cache is under XDG_CACHE_HOME where that is an absolute path, else under ~/.cache', () => {
  expect(bindingCacheFolder(environment)).toBe(path.join(home, 'medtune/native'))
  const fallback = path.join(homedir(), '.cache/medtune/native')
  expect(bindingCacheFolder({})).toBe(fallback)
  expect(bindingCacheFolder({ XDG_CACHE_HOME: 'relative' })).toBe(fallback)
})

describe('findCachedBinding', () => {
  test('finds the binding that setup made last', () => {
    const cache = bindingCacheFolder(environment)
    writeBinding(path.join(cache, 'first'))
    writeBinding(path.join(cache, 'second'))
    activateBinding(cache, 'first')
    activateBinding(cache, 'second')
    expect(findCachedBinding('current', environment).folder).toBe(path.join(cache, 'second'))
  })

  test('prefers the folder that MEDTUNE_NATIVE_DIR names', () => {
    const prebuilt = path.join(home, 'prebuilt')
    writeBinding(prebuilt)
    expect(findCachedBinding('current', { ...environment, MEDTUNE_NATIVE_DIR: prebuilt }).folder).toBe(
      prebuilt,
    )
  })

  test('says what to do when nothing is set up', () => {
    expect(() => findCachedBinding('current', environment)).toThrow(
      expect.objectContaining({
        code: 'BACKEND_UNAVAILABLE',
        message: expect.stringContaining('medtune setup --cpu'),
      }),
    )
  })

  test.each<[string, Partial<BindingManifest>, RegExp]>([
    ['another machine', { platform: 'plan9-mips' }, /must be built for .*; got plan9-mips/],
    ['an older medtune', { sourcesHash: 'older' }, /must be built by this version of medtune/],
    [
      'a TensorFlow that is gone',
      { tensorflowFolder: '/nowhere/tensorflow' },
      /\/nowhere\/tensorflow is gone/,
    ],
  ])('refuses a binding of %s', (_name, changes, message) => {
    const cache = bindingCacheFolder(environment)
    writeBinding(path.join(cache, 'key'), changes)
    activateBinding(cache, 'key')
    expect(() => findCachedBinding('current', environment)).toThrow(message)
  })

  test('a folder without its manifest or its module is no binding', () => {
    const folder = path.join(home, 'broken')
    mkdirSync(folder)
    expect(readManifest(folder)).toBeUndefined()
    writeBinding(folder)
    rmSync(path.join(folder, bindingFileName))
    expect(readManifest(folder)).toBeUndefined()
    writeFileSync(path.join(folder, bindingFileName), '')
    writeFileSync(path.join(folder, 'manifest.json'), '{"key": "cut o')
    expect(readManifest(folder)).toBeUndefined()
  })
})

test('a binding for cards is kept apart, and by what of CUDA it was made with', () => {
  const installation = {
    folder: '/a/tensorflow',
    includeFolder: '',
    version: '2.21.0',
    foundBy: '',
    libraries: [],
    cuda: true,
  }
  const sources = { version: '4.22.0', hash: 'abc' }
  const cuda = { libraries: ['/l/libcudart.so.12'], compilerFolder: '/nvcc' }
  const key = bindingKey(installation, sources, 'linux-x64', cuda)
  expect(key).toContain('-cuda-binding-')
  expect(key).not.toBe(bindingKey(installation, sources, 'linux-x64', { ...cuda, libraries: [] }))
})
