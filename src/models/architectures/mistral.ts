import { type Architecture, decoderArchitecture } from '../architecture.js'
import type { ConfigFields } from '../config-fields.js'
import { type ModelConfig, readModelConfig } from '../model-config.js'
import { readSlidingLayers } from '../sliding-layers.js'

/**
 * Mistral 7B and Nemo: a Llama whose layers may all slide over a window (version 0.1; later ones have none) and whose
 * heads may have a size of their own.
 *
 * @see Jiang et al., "Mistral 7B" (2023)
 */
export const mistral: Architecture = decoderArchitecture('mistral', readConfig)

function readConfig(fields: ConfigFields): ModelConfig {
  const config = readModelConfig(fields, {
    tieWordEmbeddings: false,
    numKeyValueHeads: 8,
    maxPositionEmbeddings: 131_072,
  })
  const reading = { window: 4096, slides: () => true, readsLayerTypes: false }
  return { ...config, ...readSlidingLayers(fields, config.numHiddenLayers, reading) }
}
