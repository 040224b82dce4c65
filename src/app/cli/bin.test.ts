import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../datasets/datasets.fixture.js'
import { repositoryRoot } from '../../test-data.fixture.js'

const root = temporaryFolder()

/** A clone of three files, whose main prints what `said.ts` exports. */
function smallClone(): string {
  const clone = mkdtempSync(path.join(root, 'clone-'))
  const cli = path.join(clone, 'src/app/cli')
  mkdirSync(cli, { recursive: true })
  for (const name of ['bin.mjs', 'compile.mjs'])
    cpSync(path.join(repositoryRoot, 'src/app/cli', name), path.join(cli, name))
  symlinkSync(path.join(repositoryRoot, 'node_modules'), path.join(clone, 'node_modules'))
  writeFileSync(path.join(clone, 'package.json'), '{"type":"module"}')
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    rootDir: 'src',
    outDir: 'dist',
    types: ['node'],
    noEmitOnError: false,
  }
  writeFileSync(
    path.join(clone, 'tsconfig.build.json'),
    JSON.stringify({ compilerOptions, include: ['src/**/*.ts'] }),
  )
  writeFileSync(path.join(clone, 'src/index.ts'), 'export {}\n')
  writeFileSync(path.join(clone, 'src/said.ts'), "export const said: string = 'first'\n")
  writeFileSync(
    path.join(cli, 'main.ts'),
    "import { said } from '../../said.js'\nexport async function main(): Promise<number> {\n  console.log(said)\n  return 0\n}\n",
  )
  return clone
}

function start(clone: string, env: Record<string, string> = {}) {
  const { MEDTUNE_BUILT: _, ...inherited } = process.env
  const run = spawnSync(process.execPath, [path.join(clone, 'src/app/cli/bin.mjs')], {
    ...{ encoding: 'utf8', env: { ...inherited, ...env } },
  })
  return { said: run.stdout.trim(), built: run.stderr.includes('building from source') }
}

test('a clone builds itself on first use, and again when a source is newer, but not in the middle of a test run', () => {
  const clone = smallClone()
  expect(start(clone)).toEqual({ said: 'first', built: true })
  expect(start(clone)).toEqual({ said: 'first', built: false })
  writeFileSync(path.join(clone, 'src/said.ts'), "export const said: string = 'second'\n")
  expect(start(clone, { MEDTUNE_BUILT: '1' })).toEqual({ said: 'first', built: false })
  expect(start(clone)).toEqual({ said: 'second', built: true })
  expect(readdirSync(path.join(clone, 'dist')).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('the lock of a process that is gone is taken over; one of a living process is waited for', () => {
  const clone = smallClone()
  const lock = path.join(clone, '.build.lock')
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  mkdirSync(lock)
  writeFileSync(path.join(lock, 'pid'), String(pid))
  expect(start(clone).built).toBe(true)
  expect(existsSync(lock)).toBe(false)
  mkdirSync(lock)
  writeFileSync(path.join(lock, 'pid'), String(process.pid))
  writeFileSync(path.join(clone, 'src/said.ts'), "export const said: string = 'second'\n")
  const waiting = spawnSync(process.execPath, [path.join(clone, 'src/app/cli/bin.mjs')], {
    ...{ env: { ...process.env, MEDTUNE_BUILT: undefined }, timeout: 1500 },
  })
  expect(waiting.signal).toBe('SIGTERM')
  expect(readFileSync(path.join(clone, 'dist/said.js'), 'utf8')).toContain('first')
})
