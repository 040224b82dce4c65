import type { Parameter } from '../../models/parameter.js'
import type { Ops } from '../../tensors/ops.js'
import { AdamW, type AdamWOptions } from './adamw.js'
import { AdamW8bit } from './adamw-8bit.js'
import { parameterGroups } from './flat-vector.js'
import type { Optimizer } from './optimizer.js'

/** The optimizers, under Hugging Face's names. Paging is a matter of CUDA's memory: both spellings are one here. */
export type OptimizerName = 'adamw_torch' | 'adamw_8bit' | 'paged_adamw_8bit'

const optimizers: Readonly<Record<OptimizerName, typeof AdamW | typeof AdamW8bit>> = {
  adamw_torch: AdamW,
  adamw_8bit: AdamW8bit,
  paged_adamw_8bit: AdamW8bit,
}

export const optimizerNames: readonly OptimizerName[] = Object.keys(optimizers) as OptimizerName[]

export interface OptimizerOptions extends AdamWOptions {
  readonly optim: OptimizerName
  readonly weightDecay: number
}

/** An optimizer of the trainable parameters; it chooses how they are grouped. Dispose of it. */
export function createOptimizer(
  ops: Ops,
  parameters: readonly Parameter[],
  options: OptimizerOptions,
): Optimizer {
  return new optimizers[options.optim](ops, parameterGroups(parameters, options.weightDecay), options)
}
