import type { GenerationConfig } from '../generation-config.js'
import type { LogitsProcessor } from './logits-processor.js'
import { repetitionPenalty } from './repetition-penalty.js'
import { temperature } from './temperature.js'
import { topK } from './top-k.js'
import { topP } from './top-p.js'

/** The processors that a configuration asks for, in the order of transformers: penalties first, then what shapes sampling. */
export function createLogitsProcessors(config: GenerationConfig): LogitsProcessor[] {
  const processors: LogitsProcessor[] = []
  if (config.repetitionPenalty !== 1) processors.push(repetitionPenalty(config.repetitionPenalty))
  if (!config.doSample) return processors
  if (config.temperature !== 1) processors.push(temperature(config.temperature))
  if (config.topK > 0) processors.push(topK(config.topK))
  if (config.topP < 1) processors.push(topP(config.topP))
  return processors
}
