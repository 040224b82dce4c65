import { MedtuneError } from '../errors.js'
import type { TensorDtype } from './ops.js'

/** Bytes of one element of every element type that a safetensors header may name. */
const elementBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const

/** How elements lie on disk, by their safetensors names. */
export type StorageDtype = keyof typeof elementBytes

/** The storage dtypes that hold weights: the ones that convert from and to float32. */
export type FloatStorageDtype = 'F32' | 'F16' | 'BF16'

/** Whether `name` is a dtype that a safetensors header may name. */
export function isStorageDtype(name: unknown): name is StorageDtype {
  return typeof name === 'string' && Object.hasOwn(elementBytes, name)
}

/** Whether values of `dtype` can be read as float32. */
export function isFloatStorageDtype(dtype: StorageDtype): dtype is FloatStorageDtype {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16'
}

/** Size of one element in bytes. */
export function bytesPerElement(dtype: StorageDtype): number {
  return elementBytes[dtype]
}

/** Number of elements of a tensor of this shape; 1 for a scalar (`[]`). */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/**
 * Little-endian bytes → float32 values. F32 bytes that are 4-byte aligned are viewed, not copied.
 *
 * @param bytes length = elements × `bytesPerElement(dtype)`
 * @param target where the values go (length = elements); a new array when absent
 * @throws INVALID_ARGUMENT when the lengths do not agree
 */
export function decodeFloat32(
  dtype: FloatStorageDtype,
  bytes: Uint8Array,
  target?: Float32Array,
): Float32Array {
  const count = bytes.byteLength / elementBytes[dtype]
  if (!Number.isInteger(count) || (target !== undefined && target.length !== count)) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `${dtype} bytes must be a whole number of elements that fills the target; got ${bytes.byteLength} bytes` +
        ` for ${target?.length ?? 'any number of'} values. Pass the bytes of the whole range.`,
    )
  }
  const aligned = bytes.byteOffset % elementBytes[dtype] === 0 ? bytes : bytes.slice()
  if (dtype === 'F32') {
    const values = new Float32Array(aligned.buffer, aligned.byteOffset, count)
    if (target === undefined) return values
    target.set(values)
    return target
  }
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, count)
  const values = target ?? new Float32Array(count)
  return dtype === 'BF16' ? widenBfloat16(halves, values) : widenFloat16(halves, values)
}

/**
 * float32 values → little-endian bytes, rounded to nearest, ties to even. F32 is a view of the same memory.
 * Values past the largest finite number become infinity; NaN stays NaN.
 */
export function encodeFloat32(dtype: FloatStorageDtype, values: Float32Array): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const halves = new Uint16Array(values.length)
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const narrow = dtype === 'BF16' ? narrowToBfloat16 : narrowToFloat16
  for (let i = 0; i < bits.length; i++) halves[i] = narrow(bits[i] as number)
  return new Uint8Array(halves.buffer)
}

/** A number rounded to the nearest of a handle's dtype (`TensorDtype`): bfloat16, float16, otherwise float32. */
export function roundTo(dtype: TensorDtype, value: number): number {
  const storage = dtype === 'bfloat16' ? 'BF16' : dtype === 'float16' ? 'F16' : 'F32'
  return decodeFloat32(storage, encodeFloat32(storage, Float32Array.of(value)))[0] as number
}

function widenBfloat16(halves: Uint16Array, values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16
  return values
}

/** float32 bits of each of the 65,536 float16 values: a look-up is several times faster than arithmetic per element. */
let float16Table: Uint32Array | undefined

function widenFloat16(halves: Uint16Array, values: Float32Array): Float32Array {
  float16Table ??= Uint32Array.from({ length: 65536 }, (_, half) => float16Bits(half))
  const table = float16Table
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i] as number] as number
  return values
}

function float16Bits(half: number): number {
  const sign = (half & 0x8000) << 16
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13)
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13)
  if (fraction === 0) return sign
  // Subnormal: fraction × 2^-24. Shift the leading one up to the implicit place, lowering the exponent each time.
  const shift = Math.clz32(fraction) - 21
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13)
}

function narrowToBfloat16(bits: number): number {
  // A NaN whose payload lies only in the dropped bits would round to infinity: keep it quiet instead.
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}

function narrowToFloat16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff)
  if (magnitude >= 0x477ff000) return sign | 0x7c00 // 65520 and more: past the largest float16 after rounding
  if (magnitude >= 0x38800000)
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13)
  if (magnitude <= 0x33000000) return sign // up to 2^-25: half of the smallest subnormal, a tie that goes to even zero
  const shift = 126 - (magnitude >>> 23)
  const significand = (magnitude & 0x7fffff) | 0x800000
  const half = 2 ** (shift - 1)
  const kept = significand >>> shift
  const rest = significand & (2 ** shift - 1)
  return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0))
}
