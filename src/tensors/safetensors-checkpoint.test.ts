import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testData } from '../test-data.fixture.js'
import { openCheckpoint } from './safetensors-checkpoint.js'
import { writeSafetensors } from './safetensors-writer.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'checkpoint-'))
})
afterEach(() => rm(folder, { recursive: true }))

const writeIndex = (index: unknown): Promise<void> =>
  writeFile(
    path.join(folder, 'model.safetensors.index.json'),
    typeof index === 'string' ? index : JSON.stringify(index),
  )
const writeShard = (file: string, name: string, value: number): Promise<void> =>
  writeSafetensors(path.join(folder, file), [
    { name, dtype: 'BF16', shape: [2], data: new Float32Array(2).fill(value) },
  ])

test('shards read like one file', async () => {
  await writeShard('model-00001-of-00002.safetensors', 'a', 1)
  await writeShard('model-00002-of-00002.safetensors', 'b', 2)
  const map = { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' }
  await writeIndex({ metadata: { total_size: 8 }, weight_map: map })
  const checkpoint = await openCheckpoint(folder)
  expect(checkpoint.names).toEqual(['a', 'b'])
  expect(checkpoint.metadata).toEqual({ format: 'pt' })
  expect(checkpoint.has('c')).toBe(false)
  expect(checkpoint.info('a')).toEqual({ dtype: 'BF16', shape: [2], sizeBytes: 4 })
  expect((await checkpoint.readFloat32('b')).data).toEqual(Float32Array.of(2, 2))
  expect((await checkpoint.read('a')).data).toEqual(Uint8Array.of(0x80, 0x3f, 0x80, 0x3f))
  await expect(checkpoint.read('c')).rejects.toThrow(/tensor "c" must be in the file/)
  await checkpoint.close()
})

test('model.safetensors comes before an index', async () => {
  await writeShard('model.safetensors', 'only', 4)
  await writeIndex('not read')
  const checkpoint = await openCheckpoint(folder)
  expect(checkpoint.names).toEqual(['only'])
  await checkpoint.close()
})

test('a folder without weights is no model', async () => {
  await expect(openCheckpoint(folder)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' })
})

test.each([
  ['no JSON', '{"weight_map":', /must be JSON/],
  ['no map', { metadata: {} }, /weight_map must be/],
  ['an empty map', { weight_map: {} }, /weight_map must be/],
  ['a list', { weight_map: ['a'] }, /weight_map of "0"|weight_map must be/],
  ['null', 'null', /weight_map must be/],
  ['a path out of the folder', { weight_map: { a: '../a.safetensors' } }, /beside the index/],
  ['another format', { weight_map: { a: 'a.bin' } }, /beside the index/],
  ['a number', { weight_map: { a: 3 } }, /beside the index/],
  [
    'a tensor that its shard lacks',
    { weight_map: { a: 's.safetensors', z: 's.safetensors' } },
    /tensor "z" must be/,
  ],
])('an index with %s is refused', async (_, index, message) => {
  await writeShard('s.safetensors', 'a', 1)
  await writeIndex(index)
  const opening = openCheckpoint(folder)
  await expect(opening).rejects.toMatchObject({ code: 'INVALID_SAFETENSORS' })
  await expect(opening).rejects.toThrow(message)
})

test('an absent shard is named', async () => {
  await writeIndex({ weight_map: { a: 'gone.safetensors' } })
  await expect(openCheckpoint(folder)).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
    message: /gone\.safetensors/,
  })
})

const pretrained = testData('models/stories260K')
test.skipIf(pretrained === undefined)('a real pretrained checkpoint opens', async () => {
  const checkpoint = await openCheckpoint(pretrained ?? '')
  expect(checkpoint.info('model.embed_tokens.weight')).toMatchObject({ dtype: 'F32', shape: [512, 64] })
  const { data } = await checkpoint.readFloat32('model.layers.4.mlp.down_proj.weight')
  expect(data).toHaveLength(64 * 172)
  expect(data.every(Number.isFinite)).toBe(true)
  await checkpoint.close()
})
