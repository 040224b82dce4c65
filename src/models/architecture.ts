import type { Ops } from '../tensors/ops.js'
import type { ConfigFields } from './config-fields.js'
import type { DecoderStack } from './decoder-stack.js'
import type { RowOrder } from './layers/linear.js'
import type { ModelConfig } from './model-config.js'
import type { Parameter } from './parameter.js'

/** One tensor that a model of a given configuration consists of. */
export interface WeightSpec {
  /** Its name in the checkpoint. */
  readonly path: string
  readonly shape: readonly number[]
  readonly rowOrder: RowOrder
  /** How a new model starts it: `normal` with standard deviation `initializerRange`. */
  readonly initial: 'normal' | 'ones' | 'zeros'
}

/** One `model_type`: which keys it reads, which tensors it has, how they become layers. One file each in `architectures/`. */
export interface Architecture {
  /** As `config.json` spells it. */
  readonly modelType: string
  /** @throws INVALID_CONFIG, or UNSUPPORTED_MODEL for a value that changes the mathematics in a way not implemented */
  readConfig(fields: ConfigFields): ModelConfig
  weightSpecs(config: ModelConfig): WeightSpec[]
  /** Whether a tensor of a checkpoint that no spec names may be left unread. */
  mayIgnore(path: string, config: ModelConfig): boolean
  /** @param weights every tensor of `weightSpecs`, by path */
  assemble(config: ModelConfig, ops: Ops, weights: ReadonlyMap<string, Parameter>): DecoderStack
}
