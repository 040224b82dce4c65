import { Random } from '../../tensors/random.js'
import type { GenerationConfig } from '../generation-config.js'
import { greedySampler } from './greedy.js'
import { multinomialSampler } from './multinomial.js'
import type { Sampler } from './sampler.js'

/** The sampler that a configuration asks for. */
export function createSampler(config: GenerationConfig): Sampler {
  return config.doSample ? multinomialSampler(new Random(config.seed)) : greedySampler
}
