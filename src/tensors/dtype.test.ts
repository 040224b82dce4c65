import { describe, expect, test } from 'vitest'
import { bytesPerElement, decodeFloat32, elementCount, encodeFloat32, isStorageDtype } from './dtype.js'
import { Random } from './random.js'

const everyHalf = (): Uint8Array => new Uint8Array(Uint16Array.from({ length: 65536 }, (_, i) => i).buffer)
const halfOf = (dtype: 'F16' | 'BF16', value: number): number => {
  const bytes = encodeFloat32(dtype, Float32Array.of(value))
  return (bytes[0] as number) | ((bytes[1] as number) << 8)
}

describe.each(['F16', 'BF16'] as const)('%s', (dtype) => {
  test('every finite value survives the round trip through float32, every NaN stays NaN', () => {
    const values = decodeFloat32(dtype, everyHalf())
    const back = new Uint16Array(encodeFloat32(dtype, values).buffer)
    for (let half = 0; half < 65536; half++) {
      if (Number.isNaN(values[half]))
        expect(Number.isNaN(decodeFloat32(dtype, bytesOf(back[half] as number))[0])).toBe(true)
      else if (back[half] !== half) throw new Error(`${half} became ${back[half]}`)
    }
  })

  test('rounds to the nearest value, ties to even', () => {
    const all = decodeFloat32(dtype, everyHalf())
    const random = new Random(1)
    const candidates = [
      ...Array.from({ length: 20_000 }, () => random.normal() * 10 ** random.uniform(-9, 4)),
      2 ** -24,
    ]
    // Exact midpoints between neighbours: the ties.
    for (let half = 0; half < 31_000; half += 7)
      candidates.push(((all[half] as number) + (all[half + 1] as number)) / 2)
    for (const candidate of candidates) {
      const value = Math.fround(Math.abs(candidate))
      const half = halfOf(dtype, value)
      const error = Math.abs((all[half] as number) - value)
      for (const neighbour of [half - 1, half + 1].filter((index) => index >= 0)) {
        const other = Math.abs((all[neighbour] as number) - value)
        if (other < error || (other === error && half % 2 === 1))
          throw new Error(`${value} became ${all[half]}`)
      }
      expect(halfOf(dtype, -value)).toBe(half | 0x8000)
    }
  })

  test('keeps infinities and signed zeros', () => {
    const values = Float32Array.of(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0)
    expect([...decodeFloat32(dtype, encodeFloat32(dtype, values))]).toEqual([...values])
  })
})

test('a float16 overflows to infinity from 65520 on, as IEEE 754 says', () => {
  const values = Float32Array.of(65504, 65519, 65520, 1e30, -65520)
  const rounded = [...decodeFloat32('F16', encodeFloat32('F16', values))]
  expect(rounded).toEqual([
    65504,
    65504,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])
})

test('float32 is the same memory when aligned, copied when not', () => {
  const values = Float32Array.of(1.5, -2)
  expect(encodeFloat32('F32', values).buffer).toBe(values.buffer)
  expect(decodeFloat32('F32', encodeFloat32('F32', values)).buffer).toBe(values.buffer)
  const shifted = new Uint8Array(9)
  shifted.set(encodeFloat32('F32', values), 1)
  expect([...decodeFloat32('F32', shifted.subarray(1))]).toEqual([1.5, -2])
  expect([...decodeFloat32('BF16', shifted.subarray(3, 5))]).toEqual([1.5])
})

test('refuses bytes that are not whole elements, or a target of another length', () => {
  expect(() => decodeFloat32('F32', new Uint8Array(6))).toThrow(/whole number of elements/)
  expect(() => decodeFloat32('F16', new Uint8Array(6), new Float32Array(2))).toThrow(/fills the target/)
})

test('names, sizes and counts', () => {
  expect(isStorageDtype('BF16')).toBe(true)
  expect(isStorageDtype('toString')).toBe(false)
  expect(isStorageDtype(3)).toBe(false)
  expect(bytesPerElement('I64')).toBe(8)
  expect(elementCount([])).toBe(1)
  expect(elementCount([2, 0, 3])).toBe(0)
})

function bytesOf(half: number): Uint8Array {
  return Uint8Array.of(half & 0xff, half >>> 8)
}
