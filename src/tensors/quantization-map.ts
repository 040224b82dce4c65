/** Powers of ten that the levels span, and so bits that tell them apart. */
const exponents = 7

const maps = new Map<boolean, Float32Array>()

/**
 * The 256 levels that 8-bit block quantization uses: fewer, finer levels for each power of ten towards zero.
 *
 * @param options.signed false for values that are never negative: one bit more for the fraction
 * @returns float32 [256], ascending, from −0.99297 (or 0) to 1
 * @see Dettmers, "8-bit Approximations for Parallelism in Deep Learning" (2015)
 */
export function dynamicMap({ signed }: { signed: boolean } = { signed: true }): Float32Array {
  const map = maps.get(signed) ?? buildMap(signed)
  maps.set(signed, map)
  return map
}

function buildMap(signed: boolean): Float32Array {
  const positive = Array.from({ length: exponents }, (_, i) => {
    const power = Math.fround(10 ** (i - exponents + 1))
    const count = 2 ** (signed ? i : i + 1)
    return midpoints(linearSpace(0.1, 1, count + 1)).map((fraction) => Math.fround(power * fraction))
  }).flat()
  const negative = signed ? positive.map((level) => -level) : []
  return Float32Array.from([...negative, 0, 1, ...positive]).sort()
}

/** `count` values in equal steps, in float32 and from both ends inwards, as torch.linspace does. */
function linearSpace(first: number, last: number, count: number): number[] {
  const [begin, end] = [Math.fround(first), Math.fround(last)]
  const step = Math.fround(Math.fround(end - begin) / (count - 1))
  return Array.from({ length: count }, (_, i) =>
    i < count / 2 ? Math.fround(begin + step * i) : Math.fround(end - step * (count - 1 - i)),
  )
}

function midpoints(boundaries: readonly number[]): number[] {
  return boundaries.slice(1).map((right, i) => Math.fround(Math.fround(right + (boundaries[i] ?? 0)) / 2))
}

/** Between each two levels the value from which the upper one is nearer: float32, one fewer than levels. */
export function levelBoundaries(levels: Float32Array): Float32Array {
  return levels.subarray(1).map((level, i) => Math.fround(level + (levels[i] as number)) / 2)
}
