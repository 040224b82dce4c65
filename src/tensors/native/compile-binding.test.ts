import { expect, test } from 'vitest'
import { compileError, findCompiler } from './compile-binding.js'
import { verificationError } from './verify-binding.js'

const compiler = { command: 'g++', prefix: [], version: 'g++ 12.2.0' }

test('a machine without a compiler has none; one that CXX names must run', async () => {
  expect(await findCompiler({ PATH: '/nowhere' })).toBeUndefined()
  await expect(findCompiler({ PATH: '/nowhere', CXX: 'my-cxx' })).rejects.toMatchObject({
    code: 'SETUP_FAILED',
    message: expect.stringMatching(/my-cxx does not run\. Install one \(apt install g\+\+/),
  })
})

test('a failed compilation is told by the first error line', () => {
  const log =
    'In file included from a.cc:1:\nb.h:3:10: fatal error: c.h: No such file\n  3 | #include "c.h"\n'
  expect(compileError(compiler, log).message).toContain(
    'g++ (g++ 12.2.0) stopped with: b.h:3:10: fatal error: c.h',
  )
})

test('a full disk is told as such', () => {
  const log = '/tmp/x.s: fatal error: error writing to /tmp/x.s: No space left on device'
  expect(compileError(compiler, log)).toMatchObject({
    code: 'SETUP_FAILED',
    message: expect.stringContaining('the disk of the cache must have'),
  })
})

test('a binding that does not compute is told with its last words', () => {
  const missing =
    'node:internal\n\nError: libtensorflow_cc.so.2: cannot open shared object file\n    at Module'
  expect(verificationError(null, missing).message).toMatch(
    /it did not: Error: libtensorflow_cc\.so\.2: cannot open.*setup --cpu --force/,
  )
  expect(verificationError('SIGILL', '').message).toMatch(/ended by SIGILL.*newer processor.*--backend wasm/)
})
