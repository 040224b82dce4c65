import type { ConfigFields } from './config-fields.js'
import type { ModelConfig } from './model-config.js'

export interface SlidingReading {
  /** W where the file has no `sliding_window`. Null in the file means none. */
  readonly window: number | undefined
  /** Whether a layer slides where the file has no `layer_types`; called only when there is a window. */
  readonly slides: (layer: number) => boolean
  /** False where the architecture reads no `layer_types`: then they must agree with `slides`. */
  readonly readsLayerTypes: boolean
}

/**
 * Which layers see only a sliding window of tokens, from `sliding_window` and `layer_types`.
 *
 * @throws INVALID_CONFIG; UNSUPPORTED_MODEL for a layer type that is not computed
 */
export function readSlidingLayers(
  fields: ConfigFields,
  numHiddenLayers: number,
  reading: SlidingReading,
): Pick<ModelConfig, 'slidingWindow' | 'slidingLayers'> {
  const window = readWindow(fields, reading.window)
  const expected = Array.from(
    { length: numHiddenLayers },
    (_, layer) => window !== undefined && reading.slides(layer),
  )
  const listed = readLayerTypes(fields, numHiddenLayers)
  if (listed !== undefined && !reading.readsLayerTypes && String(listed) !== String(expected)) {
    throw fields.unsupported('layer_types', 'those that sliding_window means')
  }
  const slidingLayers = listed ?? expected
  if (window === undefined && slidingLayers.includes(true)) {
    throw fields.invalid('sliding_window', 'must be a number, because layer_types has sliding layers')
  }
  return { slidingWindow: slidingLayers.includes(true) ? window : undefined, slidingLayers }
}

function readWindow(fields: ConfigFields, fallback: number | undefined): number | undefined {
  fields.skip('sliding_window')
  if (fields.isNull('sliding_window')) return undefined
  if (!fields.has('sliding_window')) return fallback
  return fields.integer('sliding_window', { minimum: 1 })
}

function readLayerTypes(fields: ConfigFields, count: number): boolean[] | undefined {
  if (!fields.has('layer_types')) return undefined
  const types = fields.list('layer_types')
  if (types.length !== count) throw fields.invalid('layer_types', `must name the type of ${count} layers`)
  return types.map((type) => {
    if (type === 'sliding_attention') return true
    if (type === 'full_attention') return false
    throw fields.unsupported('layer_types', 'full_attention, sliding_attention')
  })
}
