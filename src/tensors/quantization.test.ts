import { describe, expect, test } from 'vitest'
import { testData } from '../test-data.fixture.js'
import { elementCount, type FloatStorageDtype } from './dtype.js'
import { decodeMaxima, decodeNf4, encodeNf4, type Nf4Tensor } from './quantization.js'
import { readNf4, withDequantized } from './quantization-checkpoint.js'
import { dynamicMap } from './quantization-map.js'
import { Random } from './random.js'
import { openSafetensors, type SafetensorsFile } from './safetensors.js'

const golden = testData('golden/nf4_golden.safetensors')

async function withGolden(use: (file: SafetensorsFile) => Promise<void>): Promise<void> {
  const file = await openSafetensors(golden ?? '')
  try {
    await use(file)
  } finally {
    await file.close()
  }
}

const codesOf = ({ packed }: Nf4Tensor): number[] => [...packed].flatMap((pair) => [pair >>> 4, pair & 15])

describe.each<[string, FloatStorageDtype]>([
  ['bf16', 'BF16'],
  ['f16', 'F16'],
  ['f32', 'F32'],
])('NF4 of %s weights', (name, dtype) => {
  test.skipIf(golden === undefined)(
    'decodes bit for bit as bitsandbytes does, whole and by rows',
    async () => {
      await withGolden(async (file) => {
        const tensor = await readNf4(file, `${name}.weight`)
        const expected = (await file.readFloat32(`${name}.dequant`)).data
        expect(decodeNf4(tensor)).toEqual(expected)
        const width = tensor.shape[1] ?? 0
        const rows = decodeNf4(tensor, { begin: 3 * width, end: 5 * width })
        expect(rows).toEqual(expected.slice(3 * width, 5 * width))
        const single = { ...tensor, absmax: (await file.readFloat32(`${name}.single.absmax`)).data }
        expect(decodeNf4(single)).toEqual((await file.readFloat32(`${name}.single.dequant`)).data)
      })
    },
  )

  test.skipIf(golden === undefined)('encodes to the same codes and maxima', async () => {
    await withGolden(async (file) => {
      const reference = await readNf4(file, `${name}.weight`)
      const { data, shape } = await file.readFloat32(`${name}.input`)
      const single = encodeNf4(data, { shape, dtype, doubleQuantization: false })
      expect(single.packed).toEqual(reference.packed)
      expect(single.absmax).toEqual((await file.readFloat32(`${name}.single.absmax`)).data)
      const double = encodeNf4(data, { shape, dtype })
      expect(codesOf(double)).toEqual(codesOf(reference))
      expect(double.absmax).toMatchObject({ codes: (reference.absmax as { codes: Uint8Array }).codes })
      const ours = decodeMaxima(double.absmax)
      for (const [i, maximum] of decodeMaxima(reference.absmax).entries())
        expect(ours[i]).toBeCloseTo(maximum, 6)
    })
  })
})

test.skipIf(golden === undefined)('the dynamic maps are those of bitsandbytes', async () => {
  await withGolden(async (file) => {
    const unsigned = (await file.readFloat32('dynamic_map_unsigned')).data
    expect(dynamicMap({ signed: false })).toEqual(unsigned)
    expect(dynamicMap()).toEqual((await file.readFloat32('dynamic_map_signed')).data)
  })
})

test('every value decodes to a level within half a step of its block', () => {
  const random = new Random(1)
  const shape = [3, 65] // 195 values: an odd count, and a last block of three
  const values = Float32Array.from({ length: elementCount(shape) }, () => random.normal(0, 2))
  for (const doubleQuantization of [false, true]) {
    const tensor = encodeNf4(values, { shape, dtype: 'F32', doubleQuantization })
    expect(tensor.packed.length).toBe(98)
    const maxima = decodeMaxima(tensor.absmax)
    decodeNf4(tensor).forEach((value, i) => {
      const maximum = maxima[Math.floor(i / 64)] ?? 0
      expect(Math.abs(value - (values[i] ?? 0))).toBeLessThan(0.17 * maximum)
    })
  }
})

test('a block of zeros stays zero', () => {
  const tensor = encodeNf4(new Float32Array(64), { shape: [64], doubleQuantization: false })
  expect([...tensor.packed]).toEqual(Array(32).fill(0x77))
  expect(decodeNf4(tensor)).toEqual(new Float32Array(64))
})

test('wrong values, ranges and companions are refused', async () => {
  const code = 'INVALID_ARGUMENT'
  expect(() => encodeNf4(new Float32Array(3), { shape: [4] })).toThrow(expect.objectContaining({ code }))
  expect(() => encodeNf4(Float32Array.of(1, Number.NaN), { shape: [2] })).toThrow(
    expect.objectContaining({ code }),
  )
  const tensor = encodeNf4(Float32Array.of(1, 2), { shape: [2] })
  expect(() => decodeNf4(tensor, { begin: 0, end: 3 })).toThrow(expect.objectContaining({ code }))
})

/** A checkpoint in memory: enough of a SafetensorsFile for reading. */
function inMemory(
  tensors: Record<string, { dtype: 'U8' | 'F32'; shape: number[]; data: Uint8Array }>,
): SafetensorsFile {
  const find = (name: string) => {
    const found = tensors[name]
    if (found === undefined) throw new Error(`no ${name}`)
    return found
  }
  return {
    names: Object.keys(tensors),
    metadata: {},
    has: (name) => name in tensors,
    info: (name) => ({ ...find(name), sizeBytes: find(name).data.byteLength }),
    read: async (name) => find(name),
    readFloat32: async (name) => ({
      shape: find(name).shape,
      data: new Float32Array(find(name).data.slice().buffer),
    }),
    close: async () => {},
  }
}

const state = { quant_type: 'nf4', blocksize: 64, dtype: 'float32', shape: [8, 8] }
function checkpoint(changed: Record<string, unknown>, packedBytes = 32): SafetensorsFile {
  const json = new TextEncoder().encode(JSON.stringify({ ...state, ...changed }))
  const u8 = (data: Uint8Array) => ({ dtype: 'U8' as const, shape: [data.length], data })
  const f32 = (values: Float32Array) => ({
    dtype: 'F32' as const,
    shape: [values.length],
    data: new Uint8Array(values.buffer),
  })
  return inMemory({
    'w.weight': u8(new Uint8Array(packedBytes).fill(0x7f)),
    'w.weight.absmax': f32(Float32Array.of(2)),
    'w.weight.quant_map': f32(Float32Array.from({ length: 16 }, (_, i) => i / 15)),
    'w.weight.quant_state.bitsandbytes__nf4': u8(json),
    'norm.weight': f32(Float32Array.of(1, 2)),
  })
}

test('a checkpoint reads as if it were not quantized', async () => {
  const file = await withDequantized(checkpoint({}))
  expect(file.names).toEqual(['w.weight', 'norm.weight'])
  expect(file.info('w.weight')).toMatchObject({ dtype: 'F32', shape: [8, 8] })
  const { data } = await file.readFloat32('w.weight')
  expect([data.length, data[0], data[1]]).toEqual([64, Math.fround(Math.fround(7 / 15) * 2), 2])
  expect((await file.readFloat32('norm.weight')).data).toEqual(Float32Array.of(1, 2))
})

test.each([
  ['another kind', { quant_type: 'fp4' }],
  ['no shape', { shape: 'x' }],
  ['another dtype', { dtype: 'int8' }],
  ['a block size of zero', { blocksize: 0 }],
  ['a shape that the bytes do not fill', { shape: [8, 9] }],
  ['nested maxima without their tensors', { nested_blocksize: 256, nested_offset: 0 }],
])('a quantization state with %s is refused', async (_, changed) => {
  const reading = async (): Promise<unknown> =>
    (await withDequantized(checkpoint(changed))).readFloat32('w.weight')
  await expect(reading()).rejects.toMatchObject({ code: 'INVALID_SAFETENSORS' })
})
