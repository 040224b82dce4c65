import { MedtuneError } from '../errors.js'
import { countBelow } from './count-below.js'
import { decodeFloat32, elementCount, encodeFloat32, type FloatStorageDtype } from './dtype.js'
import { dynamicMap, levelBoundaries } from './quantization-map.js'

/** Values that share one absolute maximum, and maxima that share one of theirs under double quantization. */
const nf4BlockSize = 64
const nestedBlockSize = 256

/** The 16 levels: quantiles of a normal distribution, scaled to ±1. Level 7 is zero. */
export const nf4Levels: Float32Array = Float32Array.of(
  -1,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1,
)

/** Absolute maxima of blocks, themselves in 8 bits. */
export interface NestedMaxima {
  /** uint8 [blocks]: indices of `levels`. */
  readonly codes: Uint8Array
  /** float32 [256]. */
  readonly levels: Float32Array
  /** float32 [blocks / blockSize, rounded up]. */
  readonly absmax: Float32Array
  readonly blockSize: number
  readonly offset: number
}

/** A tensor in 4-bit NormalFloat, laid out as bitsandbytes does. */
export interface Nf4Tensor {
  readonly shape: readonly number[]
  /** What the values were before, and are rounded to when decoded. */
  readonly dtype: FloatStorageDtype
  /** uint8 [elements / 2, rounded up]: element 2k in the high half of byte k, 2k + 1 in the low half. */
  readonly packed: Uint8Array
  /** float32 [16]. */
  readonly levels: Float32Array
  /** Blocks run over the flat tensor, across rows. */
  readonly blockSize: number
  /** float32 [blocks], or those in 8 bits. */
  readonly absmax: Float32Array | NestedMaxima
}

/**
 * Absolute maxima of the blocks: levels[code] · nested maximum + offset, in float32.
 *
 * @returns float32 [blocks]; `absmax` itself where it is not nested
 */
export function decodeMaxima(absmax: Float32Array | NestedMaxima): Float32Array {
  if (absmax instanceof Float32Array) return absmax
  const { codes, levels, absmax: nested, blockSize, offset } = absmax
  const maxima = new Float32Array(codes.length)
  for (let i = 0; i < codes.length; i++) {
    const scale = nested[Math.floor(i / blockSize)] as number
    maxima[i] = Math.fround((levels[codes[i] as number] as number) * scale) + offset
  }
  return maxima
}

/**
 * Values of a 4-bit tensor, level · maximum of its block, rounded to the tensor's dtype: bit for bit what bitsandbytes
 * computes.
 *
 * @param range elements of the flat tensor to decode, so that a large one need not exist as float32; default all
 * @returns float32 [elements of the range]
 * @throws INVALID_ARGUMENT when the range is not inside the tensor
 * @see Dettmers et al., "QLoRA: Efficient Finetuning of Quantized LLMs" (2023)
 */
export function decodeNf4(tensor: Nf4Tensor, range?: { begin: number; end: number }): Float32Array {
  const count = elementCount(tensor.shape)
  const { begin, end } = range ?? { begin: 0, end: count }
  if (!(Number.isSafeInteger(begin) && begin >= 0 && end <= count && begin <= end)) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `range must lie inside the ${count} elements of the tensor; got ${begin} to ${end}. Pass whole rows of it.`,
    )
  }
  const { packed, levels, blockSize } = tensor
  const maxima = decodeMaxima(tensor.absmax)
  const values = new Float32Array(end - begin)
  for (let i = begin; i < end; i++) {
    const pair = packed[i >>> 1] as number
    const level = levels[i % 2 === 0 ? pair >>> 4 : pair & 15] as number
    values[i - begin] = level * (maxima[Math.floor(i / blockSize)] as number)
  }
  return roundTo(tensor.dtype, values)
}

interface Nf4Options {
  readonly shape: readonly number[]
  /** What decoded values are rounded to. Default BF16. */
  readonly dtype?: FloatStorageDtype
  /** Hold the maxima of the blocks in 8 bits: 0.127 instead of 0.5 bits per value. Default true. */
  readonly doubleQuantization?: boolean
}

/**
 * Rounds values to 4-bit NormalFloat: each block of 64 is divided by its absolute maximum and each value takes the
 * nearest level, the lower of two equally near.
 *
 * @param values float32, row-major, as many as `shape` has
 * @throws INVALID_ARGUMENT for another number of values, or one that is not finite
 */
export function encodeNf4(
  values: Float32Array,
  { shape, dtype = 'BF16', doubleQuantization = true }: Nf4Options,
): Nf4Tensor {
  if (values.length !== elementCount(shape)) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `values must be as many as shape [${shape}] has; got ${values.length}. Pass the whole tensor.`,
    )
  }
  const { codes, absmax } = quantizeBlocks(values, nf4Levels, nf4BlockSize)
  const packed = new Uint8Array(Math.ceil(codes.length / 2))
  for (let k = 0; k < packed.length; k++) {
    // An odd tail is padded with a zero, whose level is 7.
    packed[k] = ((codes[2 * k] as number) << 4) | (codes[2 * k + 1] ?? 7)
  }
  const nested = doubleQuantization ? encodeMaxima(absmax) : absmax
  return { shape, dtype, packed, levels: nf4Levels, blockSize: nf4BlockSize, absmax: nested }
}

function encodeMaxima(maxima: Float32Array): NestedMaxima {
  const offset = Math.fround(maxima.reduce((sum, value) => sum + value, 0) / Math.max(1, maxima.length))
  const levels = dynamicMap()
  const centred = maxima.map((value) => value - offset)
  return { ...quantizeBlocks(centred, levels, nestedBlockSize), levels, blockSize: nestedBlockSize, offset }
}

/** A maximum below this would make its inverse infinite. */
const smallestMaximum = Math.fround(1e-38)

function quantizeBlocks(
  values: Float32Array,
  levels: Float32Array,
  blockSize: number,
): { codes: Uint8Array; absmax: Float32Array } {
  const nearest = nearestLevel(levelBoundaries(levels))
  const codes = new Uint8Array(values.length)
  const absmax = new Float32Array(Math.ceil(values.length / blockSize))
  for (let block = 0; block < absmax.length; block++) {
    const begin = block * blockSize
    const end = Math.min(begin + blockSize, values.length)
    const maximum = absoluteMaximum(values, begin, end)
    absmax[block] = maximum
    const inverse = Math.fround(1 / Math.max(maximum, smallestMaximum))
    for (let i = begin; i < end; i++) {
      const scaled = Math.fround((values[i] as number) * inverse)
      codes[i] = nearest(scaled < -1 ? -1 : scaled > 1 ? 1 : scaled)
    }
  }
  return { codes, absmax }
}

function absoluteMaximum(values: Float32Array, begin: number, end: number): number {
  let maximum = 0
  for (let i = begin; i < end; i++) {
    const magnitude = Math.abs(values[i] as number)
    if (!Number.isFinite(magnitude)) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `values to quantize must be finite; value ${i} is not. Take weights that are whole.`,
      )
    }
    if (magnitude > maximum) maximum = magnitude
  }
  return maximum
}

/** Buckets of [−1, 1] that are narrower than any two midpoints of the 16 levels are apart. */
const bucketsPerUnit = 128

/** How many midpoints lie strictly below a value of [−1, 1], which is the index of its nearest level. */
function nearestLevel(midpoints: Float32Array): (value: number) => number {
  if (midpoints.length > 15) return (value) => countBelow(midpoints, value)
  // A search costs more than all the rest of coding billions of weights: look up where its bucket begins, compare once.
  const bases = Uint8Array.from({ length: 2 * bucketsPerUnit + 1 }, (_, bucket) =>
    countBelow(midpoints, bucket / bucketsPerUnit - 1),
  )
  return (value) => {
    const base = bases[((value + 1) * bucketsPerUnit) | 0] as number
    return (midpoints[base] as number) < value ? base + 1 : base
  }
}

function roundTo(dtype: FloatStorageDtype, values: Float32Array): Float32Array {
  return dtype === 'F32' ? values : decodeFloat32(dtype, encodeFloat32(dtype, values), values)
}
