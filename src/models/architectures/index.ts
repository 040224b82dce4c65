import type { Architecture } from '../architecture.js'
import { llama } from './llama.js'

/** Every architecture medtune computes, found by `model_type`. */
export const architectures: readonly Architecture[] = [llama]
