/** Powers of ten that the levels span, and so bits that tell them apart. */
const exponents = 7

let signedMap: Float32Array | undefined

/**
 * The 256 signed levels that 8-bit block quantization uses: fewer, finer levels for each power of ten towards zero.
 *
 * @returns float32 [256], ascending, from −0.99297 to 1
 * @see Dettmers, "8-bit Approximations for Parallelism in Deep Learning" (2015)
 */
export function dynamicMap(): Float32Array {
  signedMap ??= buildMap()
  return signedMap
}

function buildMap(): Float32Array {
  const positive = Array.from({ length: exponents }, (_, i) => {
    const power = Math.fround(10 ** (i - exponents + 1))
    return midpoints(linearSpace(0.1, 1, 2 ** i + 1)).map((fraction) => Math.fround(power * fraction))
  }).flat()
  return Float32Array.from([...positive.map((level) => -level), 0, 1, ...positive]).sort()
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
