#!/usr/bin/env node
// The `medtune` command. An installed package ships `dist/`; a clone has only sources, and `ignore-scripts` keeps
// npm from building them, so a clone builds itself here: on first use, and again whenever a source file is newer.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')
const dist = path.join(root, 'dist')
const stamp = path.join(dist, '.built')
const lock = path.join(root, '.build.lock')
const owner = path.join(lock, 'pid')
/** A lock without its owner's number is one that is being made, unless it is older than this. */
const unownedLockMs = 10_000

function newestSourceMs(folder) {
  let newest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) newest = Math.max(newest, newestSourceMs(file))
    else if (/(?<!\.(test|bench|fixture))\.(ts|json)$/.test(entry.name))
      newest = Math.max(newest, statSync(file).mtimeMs)
  }
  return newest
}

function isFresh() {
  return existsSync(stamp) && statSync(stamp).mtimeMs >= newestSourceMs(path.join(root, 'src'))
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Whether the process that made the lock is gone; how long it took says nothing on a busy machine. */
function isAbandoned() {
  try {
    if (!existsSync(owner)) return Date.now() - statSync(lock).mtimeMs > unownedLockMs
    process.kill(Number(readFileSync(owner, 'utf8')), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

/** Many processes may start at once (tests, kernels): the one that makes the lock folder builds, the rest wait. */
function build() {
  while (!isFresh()) {
    try {
      mkdirSync(lock)
    } catch {
      if (isAbandoned()) rmSync(lock, { recursive: true, force: true })
      sleep(100)
      continue
    }
    try {
      writeFileSync(owner, String(process.pid))
      const startedAt = new Date()
      process.stderr.write('medtune: building from source …\n')
      const compiler = path.join(root, 'src/app/cli/compile.mjs')
      const result = spawnSync(process.execPath, [compiler, path.join(root, 'tsconfig.build.json')], {
        encoding: 'utf8',
      })
      if (result.status !== 0) process.stderr.write(`${result.stdout}${result.stderr}`)
      if (!existsSync(path.join(dist, 'index.js'))) process.exit(1)
      writeFileSync(stamp, '')
      utimesSync(stamp, startedAt, startedAt)
    } finally {
      rmSync(lock, { recursive: true, force: true })
    }
  }
}

// A test run builds once, before its first test; what is edited meanwhile is for the next one.
const isBuilt = process.env.MEDTUNE_BUILT !== undefined && existsSync(stamp)
if (!isBuilt && existsSync(path.join(root, 'src', 'index.ts'))) build()
if (process.argv[2] !== '--build-only') {
  const { main } = await import(pathToFileURL(path.join(dist, 'app/cli/main.js')).href)
  process.exitCode = await main(process.argv.slice(2))
}
