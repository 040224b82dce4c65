import { MedtuneError } from '../errors.js'

/** The whole state of a `Random`: store it in a checkpoint, give it to `Random.fromState` to go on. */
export type RandomState = readonly [number, number, number, number]

/**
 * The project's one source of random numbers: xoshiro128** seeded through SplitMix64. The same seed gives the same
 * numbers on every machine; it never gives NumPy's or PyTorch's.
 *
 * @see Blackman & Vigna, "Scrambled linear pseudorandom number generators" (2021)
 */
export class Random {
  private readonly words: Uint32Array

  /** @param seed integer from 0 to 2^53 − 1 */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `seed must be an integer from 0 to 2^53 - 1; got ${seed}. Use for example 3407.`,
      )
    }
    const [first, second] = splitMix64(BigInt(seed))
    this.words = Uint32Array.of(low(first), high(first), low(second), high(second))
  }

  /** A generator that continues where the one that gave `state` stood. */
  static fromState(state: RandomState): Random {
    const isWord = (word: unknown): boolean =>
      Number.isInteger(word) && (word as number) >= 0 && (word as number) < 2 ** 32
    if (state.length !== 4 || !state.every(isWord) || state.every((word) => word === 0)) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        'A random state must be four 32-bit words that are not all zero. Use what state() returned.',
      )
    }
    const random = new Random(0)
    random.words.set(state)
    return random
  }

  state(): RandomState {
    const [a, b, c, d] = this.words
    return [a as number, b as number, c as number, d as number]
  }

  /** Integer from 0 to 2^32 − 1. */
  uint32(): number {
    // Four words, always: typed as a tuple because indexing an array may give undefined.
    const s = this.words as unknown as [number, number, number, number]
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0
    const shifted = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = rotateLeft(s[3], 11)
    return result
  }

  /** Real number, `minimum` ≤ x < `maximum`, from 53 random bits. */
  uniform(minimum = 0, maximum = 1): number {
    const unit = ((this.uint32() >>> 5) * 2 ** 26 + (this.uint32() >>> 6)) / 2 ** 53
    return minimum + (maximum - minimum) * unit
  }

  /** Normally distributed number (Box–Muller; the sine half is dropped, so that the state is four words and no more). */
  normal(mean = 0, standardDeviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
    return mean + standardDeviation * radius * Math.cos(2 * Math.PI * this.uniform())
  }

  /** Integer from 0 to `bound` − 1, without bias. @param bound integer from 1 to 2^32 */
  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `bound must be an integer from 1 to 2^32; got ${bound}. Pass a count.`,
      )
    }
    const limit = 2 ** 32 - (2 ** 32 % bound)
    let value = this.uint32()
    while (value >= limit) value = this.uint32()
    return value % bound
  }

  /** Shuffles `items` in place (Fisher–Yates) and returns it. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1)
      const kept = items[i] as T
      items[i] = items[j] as T
      items[j] = kept
    }
    return items
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** Two outputs of SplitMix64: never both zero, which is the one state xoshiro128** may not start from. */
function splitMix64(seed: bigint): [bigint, bigint] {
  const wrap = (value: bigint): bigint => BigInt.asUintN(64, value)
  const mix = (state: bigint): bigint => {
    const a = wrap((state ^ (state >> 30n)) * 0xbf58476d1ce4e5b9n)
    const b = wrap((a ^ (a >> 27n)) * 0x94d049bb133111ebn)
    return b ^ (b >> 31n)
  }
  const step = 0x9e3779b97f4a7c15n
  return [mix(wrap(seed + step)), mix(wrap(seed + 2n * step))]
}

function low(value: bigint): number {
  return Number(value & 0xffffffffn)
}

function high(value: bigint): number {
  return Number(value >> 32n)
}
