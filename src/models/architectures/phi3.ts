import { type Architecture, decoderArchitecture } from '../architecture.js'
import type { ConfigFields } from '../config-fields.js'
import { type ModelConfig, readModelConfig } from '../model-config.js'
import { refuseDropout } from '../refuse-unknown-keys.js'
import { readSlidingLayers } from '../sliding-layers.js'

/**
 * Phi-3, 3.5 and 4: fused projections (`qkv_proj`, `gate_up_proj`; separate where an upload split them), longrope, and
 * heads of which only a part turns (Phi-4-mini).
 *
 * @see Abdin et al., "Phi-3 Technical Report" (2024); Ding et al., "LongRoPE" (2024)
 */
export const phi3: Architecture = decoderArchitecture('phi3', readConfig)

function readConfig(fields: ConfigFields): ModelConfig {
  refuseDropout(fields, 'resid_pdrop', 'embd_pdrop')
  fields.skip('original_max_position_embeddings')
  const config = readModelConfig(fields, {
    tieWordEmbeddings: false,
    rmsNormEps: 1e-5,
    maxPositionEmbeddings: 4096,
    originalMaxPositionEmbeddings: 4096,
    partialRotary: true,
  })
  const reading = { window: undefined, slides: () => true, readsLayerTypes: false }
  return {
    ...config,
    ...readSlidingLayers(fields, config.numHiddenLayers, reading),
    fusedQueryKeyValue: true,
    fusedGateUp: true,
  }
}
