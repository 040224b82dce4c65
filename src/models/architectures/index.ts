import type { Architecture } from '../architecture.js'
import { gemma } from './gemma.js'
import { gemma2 } from './gemma2.js'
import { gemma3Text } from './gemma3-text.js'
import { llama } from './llama.js'
import { mistral } from './mistral.js'
import { phi3 } from './phi3.js'
import { qwen2 } from './qwen2.js'
import { qwen3 } from './qwen3.js'

/** Every architecture medtune computes, found by `model_type`. */
export const architectures: readonly Architecture[] = [
  llama,
  mistral,
  phi3,
  gemma,
  gemma2,
  gemma3Text,
  qwen2,
  qwen3,
]
