import type { ModelConfig } from '../model-config.js'

/**
 * Rotation per position of each pair of a head's numbers, radians.
 *
 *     f_j = θ^(−2j / D),  j = 0 … D/2 − 1, then scaled as the configuration says
 *
 * @returns float32 [D/2]
 * @see Su et al., "RoFormer" (2021); the `llama3` rule is that of the Llama 3.1 release
 */
export function rotaryFrequencies(config: ModelConfig): Float32Array {
  const { headDim, ropeTheta, ropeScaling } = config
  return Float32Array.from({ length: headDim / 2 }, (_, j) => {
    const frequency = Math.fround(ropeTheta ** ((-2 * j) / headDim))
    if (ropeScaling.type === 'linear') return frequency / ropeScaling.factor
    if (ropeScaling.type === 'llama3') return scaleAsLlama3(frequency, ropeScaling)
    return frequency
  })
}

/** Short waves stay, long ones are stretched by `factor`, those between are interpolated. */
function scaleAsLlama3(
  frequency: number,
  scaling: Extract<ModelConfig['ropeScaling'], { type: 'llama3' }>,
): number {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = scaling
  const wavesInContext = (originalMaxPositionEmbeddings * frequency) / (2 * Math.PI)
  if (wavesInContext > highFreqFactor) return frequency
  if (wavesInContext < lowFreqFactor) return frequency / factor
  const smooth = (wavesInContext - lowFreqFactor) / (highFreqFactor - lowFreqFactor)
  return ((1 - smooth) * frequency) / factor + smooth * frequency
}

/**
 * Angles of consecutive positions, rounded to float32 as the reference computes them.
 *
 * @param frequencies float32 [D/2]
 * @returns float32 [length, D/2], row p for position `begin` + p
 */
export function rotaryAngles(frequencies: Float32Array, begin: number, length: number): Float32Array {
  const angles = new Float32Array(length * frequencies.length)
  for (let row = 0; row < length; row++) {
    for (let j = 0; j < frequencies.length; j++) {
      angles[row * frequencies.length + j] = (begin + row) * (frequencies[j] ?? 0)
    }
  }
  return angles
}
