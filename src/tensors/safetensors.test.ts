import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSafetensors } from './safetensors.js'
import { writeSafetensors } from './safetensors-writer.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'safetensors-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A file of these header and data bytes, whatever they are. */
async function rawFile(
  name: string,
  header: string | Uint8Array,
  data: Uint8Array,
  length?: bigint,
): Promise<string> {
  const bytes = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const prefix = new Uint8Array(8)
  new DataView(prefix.buffer).setBigUint64(0, length ?? BigInt(bytes.length), true)
  const file = path.join(folder, name)
  await writeFile(file, Buffer.concat([prefix, bytes, data]))
  return file
}

async function roundTripFile(): Promise<string> {
  const file = path.join(folder, 'round-trip.safetensors')
  await writeSafetensors(file, [
    { name: 'mask', dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) },
    { name: 'half', dtype: 'F16', shape: [3], data: Float32Array.of(1, -2.5, 65504) },
    { name: 'brain', dtype: 'BF16', shape: [1, 2], data: async () => Float32Array.of(3, -0.5) },
    { name: 'scalar', dtype: 'F32', shape: [], data: Float32Array.of(7) },
    { name: '12', dtype: 'F32', shape: [2, 2], data: () => Float32Array.of(1, 2, 3, 4) },
    { name: 'empty', dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
    { name: 'ids', dtype: 'I64', shape: [1], data: new Uint8Array(BigInt64Array.of(-1n).buffer) },
  ])
  return file
}

describe('a written file', () => {
  test('gives back every tensor, with metadata {"format":"pt"}', async () => {
    const file = await openSafetensors(await roundTripFile())
    expect(file.metadata).toEqual({ format: 'pt' })
    expect([...file.names].sort()).toEqual(['12', 'brain', 'empty', 'half', 'ids', 'mask', 'scalar'])
    expect(file.info('12')).toEqual({ dtype: 'F32', shape: [2, 2], sizeBytes: 16 })
    expect(await file.readFloat32('12')).toEqual({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) })
    expect((await file.readFloat32('scalar')).data).toEqual(Float32Array.of(7))
    expect((await file.readFloat32('half')).data).toEqual(Float32Array.of(1, -2.5, 65504))
    expect((await file.readFloat32('brain')).data).toEqual(Float32Array.of(3, -0.5))
    expect((await file.readFloat32('empty')).data).toHaveLength(0)
    expect(await file.read('mask')).toEqual({ dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) })
    expect(new BigInt64Array((await file.read('ids')).data.slice().buffer)).toEqual(BigInt64Array.of(-1n))
    await file.close()
  })

  test('starts its data and each tensor aligned', async () => {
    const file = await readFile(await roundTripFile())
    const length = Number(file.readBigUInt64LE())
    expect(length % 8).toBe(0)
    const header = JSON.parse(file.subarray(8, 8 + length).toString())
    for (const name of ['12', 'scalar']) expect(header[name].data_offsets[0] % 4).toBe(0)
  })

  test('says what is missing, unreadable as float32, or closed', async () => {
    const file = await openSafetensors(await roundTripFile())
    expect(() => file.info('nothing')).toThrow(/tensor "nothing" must be in the file/)
    await expect(file.readFloat32('mask')).rejects.toThrow(/must be F32, F16 or BF16 .* it is BOOL/)
    await file.close()
    await file.close()
    await expect(file.read('mask')).rejects.toThrow(/is closed/)
  })
})

test('a tensor past 2 GiB is read without the rest of the file', async () => {
  const far = 3 * 2 ** 30
  const header = {
    big: { dtype: 'U8', shape: [far], data_offsets: [0, far] },
    tail: { dtype: 'F32', shape: [1], data_offsets: [far, far + 4] },
  }
  const file = await rawFile('sparse.safetensors', JSON.stringify(header), new Uint8Array(0))
  await truncate(file, 8 + JSON.stringify(header).length + far)
  await appendFile(file, new Uint8Array(Float32Array.of(42).buffer))
  const before = process.memoryUsage().arrayBuffers
  const opened = await openSafetensors(file)
  expect((await opened.readFloat32('tail')).data).toEqual(Float32Array.of(42))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000)
  await opened.close()
  await rm(file)
})

test('16-bit tensors larger than one conversion piece come back whole', async () => {
  const values = Float32Array.from({ length: 2 ** 21 + 2 ** 20 + 5 }, (_, i) => (i % 2048) - 1024)
  const file = path.join(folder, 'pieces.safetensors')
  await writeSafetensors(file, [{ name: 'w', dtype: 'F16', shape: [values.length], data: values }])
  const opened = await openSafetensors(file)
  const { data } = await opened.readFloat32('w')
  expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(values.buffer))).toBe(0)
  await opened.close()
})

describe('a file is refused when', () => {
  const tensor = (
    begin: number,
    end: number,
    shape: unknown = [end - begin],
    dtype: unknown = 'U8',
  ): object => ({
    dtype,
    shape,
    data_offsets: [begin, end],
  })
  const four = new Uint8Array(4)
  const cases: [string, string | Uint8Array, Uint8Array, RegExp, bigint?][] = [
    ['its header is longer than the file', '{}', four, /the file has 14/, 100n],
    ['its header passes the limit', '{}', four, /2 to 100000000 bytes/, 2n ** 63n],
    ['its header is empty', '', four, /2 to 100000000 bytes/],
    ['its header is no JSON', '{"a":}', four, /must be JSON/],
    ['its header is no object', '[]', new Uint8Array(0), /must be a JSON object/],
    ['its header starts with a blank', ' {}', new Uint8Array(0), /starts at its first byte/],
    ['its header is no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), four, /UTF-8/],
    [
      'a number is not finite',
      '{"a":{"dtype":"U8","shape":[1e999],"data_offsets":[0,4]}}',
      four,
      /shape must be/,
    ],
    ['a number is NaN', '{"a":{"dtype":"U8","shape":[NaN],"data_offsets":[0,4]}}', four, /must be JSON/],
    [
      'a tensor is named twice',
      `{"a":${JSON.stringify(tensor(0, 4))},"\\u0061" :${JSON.stringify(tensor(0, 4))}}`,
      four,
      /"a" once/,
    ],
    [
      'a field is there twice',
      '{"a":{"dtype":"U8","dtype":"I8","shape":[4],"data_offsets":[0,4]}}',
      four,
      /"dtype" once/,
    ],
    ['it is nested without end', '{"a":'.repeat(100_000), four, /at most 3 levels/],
    ['a dtype is unknown', JSON.stringify({ a: tensor(0, 4, [4], 'U9') }), four, /dtype must be .* got "U9"/],
    ['a dtype is absent', '{"a":{"shape":[4],"data_offsets":[0,4]}}', four, /dtype must be .* got none/],
    ['a size is negative', JSON.stringify({ a: tensor(0, 4, [-4]) }), four, /shape must be/],
    ['a size is a fraction', JSON.stringify({ a: tensor(0, 4, [0.5, 8]) }), four, /shape must be/],
    ['sizes overflow', JSON.stringify({ a: tensor(0, 4, [2 ** 50, 2 ** 50]) }), four, /takes .* bytes/],
    [
      'there are too many dimensions',
      JSON.stringify({ a: tensor(0, 4, [4, ...new Array(40).fill(1)]) }),
      four,
      /at most 16/,
    ],
    ['offsets run backwards', JSON.stringify({ a: tensor(4, 0, [4]) }), four, /hold -4/],
    ['offsets do not fit the shape', JSON.stringify({ a: tensor(0, 4, [3]) }), four, /takes 3 bytes/],
    [
      'offsets are three',
      '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4,4]}}',
      four,
      /two non-negative/,
    ],
    ['tensors overlap', JSON.stringify({ a: tensor(0, 3), b: tensor(2, 4) }), four, /"b" overlaps/],
    ['there is a gap', JSON.stringify({ a: tensor(0, 1), b: tensor(2, 4) }), four, /"b" leaves a gap/],
    ['tensors pass the end', JSON.stringify({ a: tensor(0, 8) }), four, /take 8 bytes; the file has 4/],
    ['bytes are left over', JSON.stringify({ a: tensor(0, 2) }), four, /take 2 bytes; the file has 4/],
    ['metadata are no strings', '{"__metadata__":{"step":3}}', new Uint8Array(0), /object of strings/],
    ['an entry is no object', '{"a":null}', new Uint8Array(0), /must be an object/],
  ]
  test.each(cases)('%s', async (_, header, data, message, length) => {
    const opening = openSafetensors(await rawFile('bad.safetensors', header, data, length))
    await expect(opening).rejects.toMatchObject({ code: 'INVALID_SAFETENSORS' })
    await expect(opening).rejects.toThrow(message)
    await expect(opening).rejects.toThrow(/bad\.safetensors: .*download or save it again/)
  })

  test('it shrinks while open', async () => {
    const file = await roundTripFile()
    const opened = await openSafetensors(file)
    await truncate(file, 400)
    await expect(opened.read('mask')).rejects.toThrow(/the file ends at byte/)
    await opened.close()
  })
})

test('an absent file and a folder are said to be so', async () => {
  await expect(openSafetensors(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  await expect(openSafetensors(folder)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})

test('no name can reach the prototype', async () => {
  const header = '{"__proto__":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}'
  const opened = await openSafetensors(await rawFile('proto.safetensors', header, Uint8Array.of(1, 2, 3, 4)))
  expect(opened.names).toEqual(['__proto__'])
  expect(opened.has('constructor')).toBe(false)
  await opened.close()
})

describe('writing', () => {
  test('leaves the old file and no temporary one when it fails', async () => {
    const file = path.join(folder, 'kept.safetensors')
    await writeSafetensors(file, [{ name: 'a', dtype: 'U8', shape: [1], data: Uint8Array.of(9) }])
    const failing = writeSafetensors(file, [
      { name: 'a', dtype: 'U8', shape: [1], data: Uint8Array.of(1) },
      { name: 'b', dtype: 'U8', shape: [2], data: () => Promise.reject(new Error('device lost')) },
    ])
    await expect(failing).rejects.toThrow('device lost')
    const opened = await openSafetensors(file)
    expect((await opened.read('a')).data).toEqual(Uint8Array.of(9))
    await opened.close()
    expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([])
  })

  test('refuses wrong lengths, names, shapes and dtypes, and says when the folder cannot be one', async () => {
    const file = path.join(folder, 'refused.safetensors')
    const write = (name: string, dtype: 'F32' | 'I32', shape: number[], data: Float32Array): Promise<void> =>
      writeSafetensors(file, [{ name, dtype, shape, data }])
    await expect(write('a', 'F32', [3], new Float32Array(2))).rejects.toThrow(/takes 12 bytes; got 8/)
    await expect(write('__metadata__', 'F32', [2], new Float32Array(2))).rejects.toThrow(/unique and not/)
    await expect(write('a', 'F32', [-2], new Float32Array(2))).rejects.toThrow(/non-negative integers/)
    await expect(write('a', 'I32', [2], new Float32Array(2))).rejects.toThrow(/not I32/)
    await writeSafetensors(path.join(folder, 'a-file'), [])
    const belowAFile = writeSafetensors(path.join(folder, 'a-file', 'x.safetensors'), [])
    await expect(belowAFile).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' })
    expect(await readdir(folder)).not.toContain('refused.safetensors')
  })
})
