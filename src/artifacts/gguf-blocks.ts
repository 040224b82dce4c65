import { encodeFloat32 } from '../tensors/dtype.js'

/** How a tensor's elements lie in a GGUF file. */
export type GgufTensorType = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0'

/** Elements per block, bytes per block and the number of each type in the file. */
const layouts: Readonly<Record<GgufTensorType, { elements: number; bytes: number; id: number }>> = {
  F32: { elements: 1, bytes: 4, id: 0 },
  F16: { elements: 1, bytes: 2, id: 1 },
  Q4_0: { elements: 32, bytes: 18, id: 2 },
  Q8_0: { elements: 32, bytes: 34, id: 8 },
  BF16: { elements: 1, bytes: 2, id: 30 },
}

/** Number that names the type in the file. */
export function ggufTypeId(type: GgufTensorType): number {
  return layouts[type].id
}

/** A row must be a whole number of blocks. */
export function elementsPerBlock(type: GgufTensorType): number {
  return layouts[type].elements
}

/** Bytes of `count` elements; `count` is a multiple of `elementsPerBlock`. */
export function ggufByteLength(type: GgufTensorType, count: number): number {
  return (count / layouts[type].elements) * layouts[type].bytes
}

/**
 * Values as GGUF stores them. Q8_0: 32 values share a float16 scale, max|x| / 127. Q4_0: 32 values share a float16 scale,
 * the value of largest magnitude / −8, and element j lies in the low half of byte j, element j + 16 in the high half.
 *
 * @param values length a multiple of `elementsPerBlock(type)`
 */
export function encodeGgufValues(type: GgufTensorType, values: Float32Array): Uint8Array {
  if (type === 'Q8_0') return encodeBlocks(type, values, encodeQ8Block)
  if (type === 'Q4_0') return encodeBlocks(type, values, encodeQ4Block)
  return encodeFloat32(type, values)
}

/** Writes the quants behind the scale and returns the scale. */
type EncodeBlock = (block: Float32Array, quants: Uint8Array) => number

function encodeBlocks(type: 'Q8_0' | 'Q4_0', values: Float32Array, encode: EncodeBlock): Uint8Array {
  const { elements, bytes } = layouts[type]
  const count = values.length / elements
  const result = new Uint8Array(count * bytes)
  const scales = new Float32Array(count)
  for (let i = 0; i < count; i++) {
    const quants = result.subarray(i * bytes + 2, (i + 1) * bytes)
    scales[i] = encode(values.subarray(i * elements, (i + 1) * elements), quants)
  }
  const halves = encodeFloat32('F16', scales)
  for (let i = 0; i < count; i++) result.set(halves.subarray(2 * i, 2 * i + 2), i * bytes)
  return result
}

function encodeQ8Block(block: Float32Array, quants: Uint8Array): number {
  let largest = 0
  for (const value of block) largest = Math.max(largest, Math.abs(value))
  const scale = Math.fround(largest / 127)
  const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
  for (const [j, value] of block.entries()) {
    const scaled = Math.fround(value * inverse)
    // Halves go away from zero, as C's roundf does.
    quants[j] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5)
  }
  return scale
}

function encodeQ4Block(block: Float32Array, quants: Uint8Array): number {
  let extreme = 0
  for (const value of block) if (Math.abs(value) > Math.abs(extreme)) extreme = value
  const scale = Math.fround(extreme / -8)
  const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
  // Each step rounds to float32, as in C: in float64 some halves fall to the other side.
  const quant = (j: number): number =>
    Math.min(15, Math.trunc(Math.fround(Math.fround((block[j] as number) * inverse) + 8.5)))
  for (let j = 0; j < 16; j++) quants[j] = quant(j) | (quant(j + 16) << 4)
  return scale
}
