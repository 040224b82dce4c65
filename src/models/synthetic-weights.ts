import { elementCount, encodeFloat32, type FloatStorageDtype } from '../tensors/dtype.js'
import { type Nf4Tensor, nf4Levels } from '../tensors/quantization.js'
import { dynamicMap } from '../tensors/quantization-map.js'
import { Random } from '../tensors/random.js'

/** Draws follow from the seed and the tensor's name: no tensor depends on which were made before. */
export function tensorRandom(seed: number, name: string): Random {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return new Random(seed * 2 ** 21 + (hash >>> 11))
}

const drawCount = 65_536

/**
 * Random bytes of `count` values of a normal distribution: one of 65,536 draws each, because billions of logarithms
 * would take hours.
 */
export function normalBytes(
  random: Random,
  count: number,
  { dtype, deviation }: { dtype: FloatStorageDtype; deviation: number },
): Uint8Array {
  const draws = Float32Array.from({ length: drawCount }, () => random.normal(0, deviation))
  const encoded = encodeFloat32(dtype, draws)
  const wide = dtype === 'F32'
  const table = wide ? new Uint32Array(encoded.buffer) : new Uint16Array(encoded.buffer)
  const values = wide ? new Uint32Array(count) : new Uint16Array(count)
  for (let i = 0; i < count; i += 2) {
    const word = random.uint32()
    values[i] = table[word & 0xffff] as number
    if (i + 1 < count) values[i + 1] = table[word >>> 16] as number
  }
  return new Uint8Array(values.buffer)
}

const blockSize = 64
const nestedBlockSize = 256
/** With equally likely levels of ±1, whose root mean square is 0.52, it gives weights of one deviation. */
const meanMaximum = 1.9

/**
 * A random 4-bit tensor. The levels are quantiles of a normal distribution, so equally likely codes are normal weights.
 * Its bytes are made when read.
 */
export function randomNf4(
  random: Random,
  shape: readonly number[],
  { dtype, deviation }: { dtype: FloatStorageDtype; deviation: number },
): Nf4Tensor {
  const blocks = Math.ceil(elementCount(shape) / blockSize)
  const nestedBlocks = Math.ceil(blocks / nestedBlockSize)
  const [ofPacked, ofCodes, ofNested] = [random, random, random].map(
    (source) => new Random(source.uint32()),
  ) as [Random, Random, Random]
  const absmax = {
    ...{ levels: dynamicMap(), blockSize: nestedBlockSize, offset: Math.fround(meanMaximum * deviation) },
    get codes(): Uint8Array {
      return randomBytes(ofCodes, blocks)
    },
    get absmax(): Float32Array {
      return Float32Array.from({ length: nestedBlocks }, () => deviation * ofNested.uniform(0.5, 0.7))
    },
  }
  return {
    ...{ shape, dtype, levels: nf4Levels, blockSize, absmax },
    get packed(): Uint8Array {
      return randomBytes(ofPacked, Math.ceil(elementCount(shape) / 2))
    },
  }
}

function randomBytes(random: Random, count: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(count / 4))
  for (let i = 0; i < words.length; i++) words[i] = random.uint32()
  return new Uint8Array(words.buffer, 0, count)
}
