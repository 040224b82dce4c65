import { type Architecture, decoderArchitecture } from '../architecture.js'
import type { ConfigFields } from '../config-fields.js'
import { type ModelConfig, readModelConfig } from '../model-config.js'
import { readSlidingLayers } from '../sliding-layers.js'

/**
 * Qwen 2 and 2.5: a Llama with biases on queries, keys and values; layers from `max_window_layers` on slide over a
 * window where `use_sliding_window` is on.
 *
 * @see Yang et al., "Qwen2.5 Technical Report" (2024)
 */
export const qwen2: Architecture = decoderArchitecture('qwen2', (fields) => {
  // The biases are there whatever this key says.
  fields.skip('attention_bias')
  return { ...readQwen(fields), queryKeyValueBias: true }
})

/** What Qwen 2 and 3 read alike. @param headDim size of a head where the file has none */
export function readQwen(fields: ConfigFields, headDim?: number): ModelConfig {
  const config = readModelConfig(fields, {
    tieWordEmbeddings: false,
    numKeyValueHeads: 32,
    maxPositionEmbeddings: 32_768,
    ...(headDim === undefined ? {} : { headDim }),
  })
  const slidingOn = fields.boolean('use_sliding_window', false)
  const first = fields.integer('max_window_layers', { fallback: 28 })
  const reading = { window: 4096, slides: (layer: number) => layer >= first, readsLayerTypes: true }
  const windowed = slidingOn ? fields : fields.without('sliding_window')
  fields.skip('sliding_window', 'layer_types')
  const defaults = slidingOn ? reading : { ...reading, window: undefined }
  return { ...config, ...readSlidingLayers(windowed, config.numHiddenLayers, defaults) }
}
