import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MedtuneError } from '../errors.js'
import { bytesPerElement, elementCount } from './dtype.js'
import { openSafetensors } from './safetensors.js'
import { writeSafetensors } from './safetensors-writer.js'

let folder: string
let good: Buffer
let headerEnd: number

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'safetensors-mutation-'))
  const file = path.join(folder, 'good.safetensors')
  await writeSafetensors(file, [
    { name: 'model.embed_tokens.weight', dtype: 'F32', shape: [4, 3], data: new Float32Array(12).fill(0.5) },
    { name: 'model.norm.weight', dtype: 'BF16', shape: [3], data: new Float32Array(3).fill(2) },
    { name: 'q.absmax', dtype: 'U8', shape: [5], data: new Uint8Array(5).fill(3) },
    { name: 'step', dtype: 'F32', shape: [], data: Float32Array.of(9) },
  ])
  good = await readFile(file)
  headerEnd = 8 + Number(good.readBigUInt64LE())
})
afterAll(() => rm(folder, { recursive: true }))

/** 'refused' with the right code, or 'consistent': every tensor has a size that its shape and dtype promise. */
async function outcome(bytes: Buffer): Promise<'refused' | 'consistent'> {
  const name = path.join(folder, 'mutated.safetensors')
  await writeFile(name, bytes)
  let sum = 0
  try {
    const file = await openSafetensors(name)
    try {
      for (const tensor of file.names) {
        const { dtype, shape, data } = await file.read(tensor)
        expect(data.byteLength).toBe(elementCount(shape) * bytesPerElement(dtype))
        sum += data.byteLength
      }
    } finally {
      await file.close()
    }
  } catch (error) {
    expect(error).toBeInstanceOf(MedtuneError)
    expect((error as MedtuneError).code).toBe('INVALID_SAFETENSORS')
    expect((error as MedtuneError).message).toContain('mutated.safetensors')
    return 'refused'
  }
  expect(sum).toBeLessThanOrEqual(bytes.length)
  return 'consistent'
}

test('every truncation is refused', async () => {
  for (let length = 0; length < good.length; length++) {
    expect(await outcome(good.subarray(0, length)), `cut at byte ${length}`).toBe('refused')
  }
})

test('every byte added at the end or inside the header is refused', async () => {
  expect(await outcome(Buffer.concat([good, Buffer.of(0)]))).toBe('refused')
  for (let at = 0; at < headerEnd; at += 3) {
    const grown = Buffer.concat([good.subarray(0, at), Buffer.of(0x30), good.subarray(at)])
    expect(await outcome(grown), `byte added at ${at}`).toBe('refused')
  }
})

test('every changed byte of the length and the header is refused or leaves a consistent file', async () => {
  const counts = { refused: 0, consistent: 0 }
  for (let at = 0; at < headerEnd; at++) {
    for (const flip of [0x01, 0x08, 0x80]) {
      const mutated = Buffer.from(good)
      mutated[at] = (mutated[at] as number) ^ flip
      counts[await outcome(mutated)]++
    }
  }
  // What stays consistent renames a tensor or metadata, or swaps dtypes of one size; nothing else can.
  expect(counts.refused).toBeGreaterThan(counts.consistent)
  expect(counts.refused + counts.consistent).toBe(headerEnd * 3)
})
