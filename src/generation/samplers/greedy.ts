import { highestIndex, type Sampler } from './sampler.js'

/** Always the most probable token. */
export const greedySampler: Sampler = highestIndex
