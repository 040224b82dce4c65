import type { ModelConfig } from '../model-config.js'
import type { RopeSettings } from '../rope-settings.js'

/** How positions turn the pairs of a head's numbers. */
export interface RotaryRule {
  /** Radians per position of each turning pair, float32 [P]. */
  readonly frequencies: Float32Array
  /** Those of runs that reach more than `beyond` positions (longrope). */
  readonly long: { readonly beyond: number; readonly frequencies: Float32Array } | undefined
  /** D/2 ≥ P; pairs from P on do not turn (partial rotary). */
  readonly pairCount: number
  /** Multiplies turned pairs of queries and keys (longrope). */
  readonly attentionFactor: number
  /** Scale of attention scores, folded into the queries: as a rule 1/√D. */
  readonly queryScale: number
}

/**
 * Rotation of a model's layers.
 *
 *     f_j = θ^(−2j / R),  j = 0 … R/2 − 1, then scaled as the configuration says;  R of a head's D numbers turn
 *
 * @see Su et al., "RoFormer" (2021); Ding et al., "LongRoPE" (2024); the `llama3` rule is that of the Llama 3.1 release
 */
export function rotaryRule(
  { headDim, rotaryDim, attentionScale }: Pick<ModelConfig, 'headDim' | 'rotaryDim' | 'attentionScale'>,
  { ropeTheta, ropeScaling }: RopeSettings,
): RotaryRule {
  const frequencies = (scaled: (frequency: number, pair: number) => number): Float32Array =>
    Float32Array.from({ length: Math.ceil(rotaryDim / 2) }, (_, j) =>
      scaled(Math.fround(ropeTheta ** ((-2 * j) / rotaryDim)), j),
    )
  const rule = { pairCount: headDim / 2, queryScale: attentionScale, long: undefined, attentionFactor: 1 }
  switch (ropeScaling.type) {
    case 'default':
      return { ...rule, frequencies: frequencies((frequency) => frequency) }
    case 'linear':
      return { ...rule, frequencies: frequencies((frequency) => frequency / ropeScaling.factor) }
    case 'llama3':
      return { ...rule, frequencies: frequencies((frequency) => scaleAsLlama3(frequency, ropeScaling)) }
    case 'longrope': {
      const { shortFactor, longFactor, originalMaxPositionEmbeddings, attentionFactor } = ropeScaling
      const divided = (factors: readonly number[]): Float32Array =>
        frequencies((frequency, pair) => frequency / (factors[pair] ?? 1))
      return {
        ...rule,
        attentionFactor,
        frequencies: divided(shortFactor),
        long: { beyond: originalMaxPositionEmbeddings, frequencies: divided(longFactor) },
      }
    }
  }
}

/** Short waves stay, long ones are stretched by `factor`, those between are interpolated. */
function scaleAsLlama3(
  frequency: number,
  scaling: Extract<RopeSettings['ropeScaling'], { type: 'llama3' }>,
): number {
  const { factor, lowFreqFactor, highFreqFactor, originalMaxPositionEmbeddings } = scaling
  const wavesInContext = (originalMaxPositionEmbeddings * frequency) / (2 * Math.PI)
  if (wavesInContext > highFreqFactor) return frequency
  if (wavesInContext < lowFreqFactor) return frequency / factor
  const smooth = (wavesInContext - lowFreqFactor) / (highFreqFactor - lowFreqFactor)
  return ((1 - smooth) * frequency) / factor + smooth * frequency
}

/**
 * Angles of positions, rounded to float32 as the reference computes them; 0 for pairs that do not turn.
 *
 * @param positions int32 [n]
 * @param reach positions that the whole run spans, cached ones included
 * @returns float32 [n, D/2]
 */
export function rotaryAngles(rule: RotaryRule, positions: Int32Array, reach: number): Float32Array {
  const { pairCount, long } = rule
  const frequencies = long !== undefined && reach > long.beyond ? long.frequencies : rule.frequencies
  const angles = new Float32Array(positions.length * pairCount)
  for (const [row, position] of positions.entries()) {
    for (let j = 0; j < frequencies.length; j++) {
      angles[row * pairCount + j] = position * (frequencies[j] as number)
    }
  }
  return angles
}

/** What a rotary table multiplies each pair with; the attention factor is for turned pairs alone. */
export function rotaryFactor(rule: RotaryRule, scale: number): number | Float32Array {
  const { attentionFactor, frequencies, pairCount } = rule
  if (attentionFactor === 1) return scale
  return new Float32Array(pairCount).fill(scale).fill(scale * attentionFactor, 0, frequencies.length)
}
