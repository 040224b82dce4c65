import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { writeFakeTensorFlow } from './fake-tensorflow.fixture.js'
import { findPython, findPythonTensorFlow } from './python-tensorflow.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'medtune-find-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A program that answers like a Python whose sys.path is `paths`. */
function writeFakePython(name: string, paths: readonly string[]): string {
  const bin = path.join(folder, 'bin')
  const file = path.join(bin, name)
  mkdirSync(bin, { recursive: true })
  const answer = JSON.stringify(['', ...paths])
  writeFileSync(
    file,
    `#!/bin/sh\ncase "$2" in *sys.executable*) printf '%s\\n3.12.9\\n' '${file}' ;; *) echo '${answer}' ;; esac\n`,
  )
  chmodSync(file, 0o755)
  return file
}

function find(
  request: { from?: string; python?: string } = {},
  environment: Record<string, string> = {},
): { found: ReturnType<typeof findPythonTensorFlow>; looked: string[] } {
  const looked: string[] = []
  return {
    found: findPythonTensorFlow(request, looked, { PATH: path.join(folder, 'bin'), ...environment }),
    looked,
  }
}

describe('--from', () => {
  const layouts = {
    'the package folder': (site: string) => path.join(site, 'tensorflow'),
    'a site-packages folder': (site: string) => site,
    'an environment root': () => path.join(folder, 'venv'),
  }
  test.each(Object.entries(layouts))('accepts %s', (_name, placeOf) => {
    const site = path.join(folder, 'venv/lib/python3.12/site-packages')
    const package_ = writeFakeTensorFlow(site, { metadataVersion: '2.21.0' })
    expect(find({ from: placeOf(site) }).found).toMatchObject({
      folder: package_,
      version: '2.21.0',
      foundBy: '--from',
    })
  })

  test('is demanded: no TensorFlow there is an error, whatever else the machine has', () => {
    writeFakeTensorFlow(path.join(folder, 'site'))
    writeFakePython('python3', [path.join(folder, 'site')])
    expect(() => find({ from: path.join(folder, 'empty') })).toThrow(
      /--from must name a place with TensorFlow; .*empty has none/,
    )
  })
})

describe('search', () => {
  test('asks MEDTUNE_PYTHON before VIRTUAL_ENV before python3 before python', () => {
    const sites = ['medtune', 'python3', 'python'].map((name) => path.join(folder, name))
    const venvSite = path.join(folder, 'venv/lib/python3.11/site-packages')
    for (const site of [...sites, venvSite]) writeFakeTensorFlow(site)
    const medtunePython = writeFakePython('medtune-python', [path.join(folder, 'medtune')])
    const environment = { MEDTUNE_PYTHON: medtunePython, VIRTUAL_ENV: path.join(folder, 'venv') }
    expect(find({}, environment).found?.foundBy).toBe('MEDTUNE_PYTHON')
    expect(find({}, { VIRTUAL_ENV: environment.VIRTUAL_ENV }).found?.foundBy).toBe('VIRTUAL_ENV')
    writeFakePython('python', [path.join(folder, 'python')])
    expect(find().found?.foundBy).toBe('python on the PATH')
    writeFakePython('python3', [path.join(folder, 'python3')])
    expect(find().found?.foundBy).toBe('python3 on the PATH')
  })

  test('goes on past a place without TensorFlow and tells where it looked', () => {
    const { found, looked } = find({}, { MEDTUNE_PYTHON: '/nowhere/python', VIRTUAL_ENV: folder })
    expect(found).toBeUndefined()
    expect(looked).toEqual([
      'MEDTUNE_PYTHON (/nowhere/python does not run)',
      `VIRTUAL_ENV (${folder})`,
      'python3 on the PATH (python3 does not run)',
      'python on the PATH (python does not run)',
    ])
  })

  test('takes a TensorFlow without metadata, of a version unknown', () => {
    writeFakeTensorFlow(folder)
    expect(find({ from: folder }).found?.version).toBe('unknown')
  })
})

describe('a TensorFlow that cannot be used', () => {
  const otherMachine = process.arch === 'x64' ? 'arm64' : 'x64'
  test.each([
    [
      'for another processor',
      { machine: otherMachine },
      new RegExp(`must be built for ${process.arch}.* is for ${otherMachine}`),
    ],
    [
      'without its C++ library',
      { withoutLibrary: true, metadataVersion: '2.4.0' },
      /must carry libtensorflow_cc\.so\.2; version 2\.4\.0/,
    ],
    ['without headers', { withoutHeaders: true }, /must come with its C headers; .*c_api\.h is missing/],
  ])('%s is named with its remedy', (_name, options, message) => {
    writeFakeTensorFlow(folder, options)
    expect(() => find({ from: folder })).toThrow(expect.objectContaining({ code: 'SETUP_FAILED' }))
    expect(() => find({ from: folder })).toThrow(message)
  })
})

test('findPython reports the interpreter and its version', () => {
  const python = writeFakePython('python3', [])
  expect(findPython({ PATH: path.join(folder, 'bin') })).toEqual({ path: python, version: '3.12.9' })
  expect(findPython({ PATH: '/nowhere' })).toBeUndefined()
})
