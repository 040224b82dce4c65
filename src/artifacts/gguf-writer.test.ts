import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeGguf } from './gguf-writer.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'medtune-gguf-writer-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('metadata may be longer than any first guess, wherever it grows', async () => {
  // Names of 0 to 40 bytes, so that numbers of every width meet the end of the bytes reserved so far.
  const values = Array.from({ length: 20_000 }, (_, i) => 'x'.repeat(i % 41))
  const file = path.join(folder, 'long.gguf')
  await writeGguf(file, new Map([['names', { type: 'strings', values }]]), [])
  const bytes = await readFile(file)
  expect(bytes.toString('latin1', 0, 4)).toBe('GGUF')
  let at = 4 + 4 + 8 + 8 + 8 + 'names'.length + 4 + 4
  expect(Number(bytes.readBigUInt64LE(at))).toBe(values.length)
  at += 8
  for (const value of values) {
    expect(Number(bytes.readBigUInt64LE(at))).toBe(value.length)
    at += 8 + value.length
  }
  expect(bytes.length).toBe(32 * Math.ceil(at / 32))
})

test('refuses a repeated name, rows that are no whole blocks and a wrong number of values', async () => {
  const data = async (): Promise<Float32Array> => new Float32Array(3)
  const write = (...tensors: Parameters<typeof writeGguf>[2]): Promise<number> =>
    writeGguf(path.join(folder, 'refused.gguf'), new Map(), tensors)
  const one = { name: 'a', shape: [3], type: 'F32', data } as const
  await expect(write(one, one)).rejects.toThrow('must be there once')
  await expect(write({ ...one, type: 'Q8_0' })).rejects.toThrow('whole blocks of 32; got 3')
  await expect(write({ ...one, shape: [2] })).rejects.toThrow('must give 2 values; got 3')
})
