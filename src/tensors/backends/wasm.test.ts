import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { repositoryRoot } from '../../test-data.fixture.js'
import { wasmBackend } from './wasm.js'

const folder = mkdtempSync(path.join(tmpdir(), 'medtune-wasm-'))
afterAll(() => rmSync(folder, { recursive: true }))

const built = pathToFileURL(path.join(repositoryRoot, 'dist/tensors/backends/wasm.js')).href
const program = `
import { wasmBackend } from ${JSON.stringify(built)}
const before = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]
const { ops, threads } = await wasmBackend.start()
const x = ops.full([300, 300], 1)
const [first] = await ops.read(ops.matmul(x, x))
const after = [process.listenerCount('uncaughtException'), process.listenerCount('unhandledRejection')]
console.log(JSON.stringify({ first, threads, same: String(before) === String(after), worker: typeof Worker }))
`

test('runs from any folder, ends by itself, says nothing and leaves nothing behind', () => {
  const temporary = { ...process.env, TMPDIR: folder }
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: folder,
    env: temporary,
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(child.stderr).toBe('')
  expect(child.status).toBe(0)
  expect(JSON.parse(child.stdout)).toMatchObject({ first: 300, same: true, worker: 'undefined' })
  expect(readdirSync(folder)).toEqual([])
})

test('without workers it runs on one thread', () => {
  const withoutWorkers = `
import workerThreads from 'node:worker_threads'
import { syncBuiltinESMExports } from 'node:module'
workerThreads.Worker = class { constructor() { throw new Error('no workers here') } }
syncBuiltinESMExports()
${program.replace('import {', 'const {').replace(/} from (".*")/, '} = await import($1)')}`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', withoutWorkers], {
    encoding: 'utf8',
  })
  expect(JSON.parse(output)).toMatchObject({ first: 300, threads: 1 })
})

test('a tensor that the heap cannot hold is OUT_OF_MEMORY with a remedy, and the backend goes on', async () => {
  const { ops } = await wasmBackend.start()
  expect(() => ops.full([2 ** 20, 2 ** 10], 0)).toThrow(
    expect.objectContaining({
      code: 'OUT_OF_MEMORY',
      message: expect.stringContaining('Lower the batch size'),
    }),
  )
  expect(ops.memory().tensors).toBe(0)
  const x = ops.full([2, 2], 3)
  expect(Array.from(await ops.read(ops.matmul(x, x)))).toEqual([18, 18, 18, 18])
  ops.dispose()
  expect(() => ops.full([1], 0)).toThrow(expect.objectContaining({ code: 'INTERNAL' }))
})

test('memory that is given back is used again: far more than 4 GiB passes through', async () => {
  const { ops } = await wasmBackend.start()
  const x = ops.full([128, 64], 1)
  for (let round = 0; round < 280; round++) {
    ops.scope(() => {
      ops.full([4 * 2 ** 20], 0) // 16 MiB
      ops.softmax(ops.matmul(x, x, { transposeB: true }))
    })
  }
  expect(ops.memory()).toMatchObject({ tensors: 1, bytes: 4 * 128 * 64 })
  ops.dispose()
})
