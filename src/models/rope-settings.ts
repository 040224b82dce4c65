import type { ConfigFields } from './config-fields.js'

/** How rotary frequencies are scaled for contexts longer than the pretraining ones. */
type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3'
      readonly factor: number
      readonly lowFreqFactor: number
      readonly highFreqFactor: number
      readonly originalMaxPositionEmbeddings: number
    }
  | {
      readonly type: 'longrope'
      /** A divisor for each frequency, for runs of up to `originalMaxPositionEmbeddings` positions and for longer ones. */
      readonly shortFactor: readonly number[]
      readonly longFactor: readonly number[]
      readonly originalMaxPositionEmbeddings: number
      readonly attentionFactor: number
    }

/** Rotary positions of one kind of layers. */
export interface RopeSettings {
  readonly ropeTheta: number
  readonly ropeScaling: RopeScaling
}

export interface RopeReading {
  /** θ where the file has none. */
  readonly theta: number
  /** Numbers of a head that turn, for which longrope has half as many factors. */
  readonly rotaryDim: number
  /** Pretraining length where the file has none but must; default `max_position_embeddings`. */
  readonly originalMaxPositionEmbeddings?: number
}

/** Names that mean longrope: `su` is what the first Phi-3 checkpoints call it. */
const longropeNames = ['longrope', 'su']

/**
 * Rotary settings as transformers 5 writes them (`rope_parameters`) or as version 4 did (`rope_theta` and
 * `rope_scaling`, which comes first where both are there).
 *
 * @throws INVALID_CONFIG; UNSUPPORTED_MODEL for a type or a key that is not computed
 */
export function readRope(fields: ConfigFields, reading: RopeReading): RopeSettings {
  const scaling = fields.object('rope_scaling')
  const parameters = scaling !== undefined && !scaling.isEmpty ? scaling : fields.object('rope_parameters')
  const theta = parameters?.has('rope_theta') ? parameters : fields
  return {
    ropeTheta: theta.number('rope_theta', { above: 0, fallback: reading.theta }),
    ropeScaling: readRopeScaling(parameters, fields, reading),
  }
}

/** @param scaling the object that holds the settings of these layers @param fields the whole configuration */
export function readRopeScaling(
  scaling: ConfigFields | undefined,
  fields: ConfigFields,
  reading: RopeReading,
): RopeScaling {
  const typeKey = scaling?.has('rope_type') ? 'rope_type' : 'type'
  const type = scaling?.string(typeKey, 'default') ?? 'default'
  if (scaling === undefined) return { type: 'default' }
  scaling.skip('rope_type', 'type', 'rope_theta', 'partial_rotary_factor')
  const result = scalingOfType(type, typeKey, scaling, fields, reading)
  // Keys of other types do nothing under the default one: transformers writes some of them with any.
  if (type === 'default') scaling.skip('factor', 'original_max_position_embeddings', 'attention_factor')
  scaling.refuseUnread()
  return result
}

function scalingOfType(
  type: string,
  typeKey: string,
  scaling: ConfigFields,
  fields: ConfigFields,
  reading: RopeReading,
): RopeScaling {
  if (type === 'default') return { type }
  if (type === 'linear') return { type, factor: scaling.number('factor', { above: 0 }) }
  if (type === 'llama3') {
    const lowFreqFactor = scaling.number('low_freq_factor', { above: 0 })
    return {
      type,
      factor: scaling.number('factor', { above: 0 }),
      lowFreqFactor,
      highFreqFactor: scaling.number('high_freq_factor', { above: lowFreqFactor }),
      originalMaxPositionEmbeddings: originalLength(scaling, fields, reading),
    }
  }
  if (longropeNames.includes(type)) return readLongrope(scaling, fields, reading)
  throw scaling.unsupported(typeKey, 'default, linear, llama3, longrope')
}

function readLongrope(scaling: ConfigFields, fields: ConfigFields, reading: RopeReading): RopeScaling {
  const original = originalLength(scaling, fields, reading)
  const factors = (key: string): number[] => {
    const values = scaling.numbers(key, { above: 0 })
    if (values.length === Math.floor(reading.rotaryDim / 2)) return values
    throw scaling.invalid(key, `must hold ${Math.floor(reading.rotaryDim / 2)} numbers`)
  }
  const longest = fields.integer('max_position_embeddings', { minimum: 1 })
  const factor = scaling.number('factor', { above: 0, fallback: longest / original })
  const suggested = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original))
  return {
    type: 'longrope',
    shortFactor: factors('short_factor'),
    longFactor: factors('long_factor'),
    originalMaxPositionEmbeddings: original,
    attentionFactor: scaling.number('attention_factor', { above: 0, fallback: suggested }),
  }
}

/** The pretraining length: of the model before that of the rotary settings, as in the reference. */
function originalLength(scaling: ConfigFields, fields: ConfigFields, reading: RopeReading): number {
  const key = 'original_max_position_embeddings'
  const fallback = reading.originalMaxPositionEmbeddings
  const own = scaling.has(key) ? scaling.integer(key, { minimum: 1 }) : undefined
  if (fields.has(key)) return fields.integer(key, { minimum: 1 })
  return fallback ?? own ?? fields.integer('max_position_embeddings', { minimum: 1 })
}
