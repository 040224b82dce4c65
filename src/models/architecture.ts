import type { Ops } from '../tensors/ops.js'
import { assembleDecoder } from './assemble-decoder.js'
import type { ConfigFields } from './config-fields.js'
import { decoderWeightSpecs, headPath } from './decoder-modules.js'
import type { DecoderStack } from './decoder-stack.js'
import type { LinearWeight } from './layers/linear-weight.js'
import type { RowOrder } from './layers/row-order.js'
import type { ModelConfig } from './model-config.js'
import type { Parameter } from './parameter.js'
import { refuseDropout, refuseUnknownKeys } from './refuse-unknown-keys.js'

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
  /**
   * @param weights every tensor of `weightSpecs`, by path
   * @param packed matrices of linear layers in another form than dense; they take the place of those in `weights`
   */
  assemble(
    config: ModelConfig,
    ops: Ops,
    weights: ReadonlyMap<string, Parameter>,
    packed?: ReadonlyMap<string, LinearWeight>,
  ): DecoderStack
}

/** 4-bit NormalFloat in bitsandbytes' layout says all else beside each tensor. Every other coding is refused. */
function readQuantization(fields: ConfigFields): void {
  if (!fields.has('quantization_config')) return
  const settings = fields.record.quantization_config
  const isNf4 =
    typeof settings === 'object' &&
    settings !== null &&
    'bnb_4bit_quant_type' in settings &&
    settings.bnb_4bit_quant_type === 'nf4' &&
    (!('quant_method' in settings) || settings.quant_method === 'bitsandbytes')
  if (!isNf4) throw fields.unsupported('quantization_config', 'bitsandbytes NF4, or none')
}

/**
 * An architecture whose layers are those of `DecoderLayer`: its configuration says all about it.
 *
 * @param readConfig reads every key that changes the family's mathematics; the others are refused here
 */
export function decoderArchitecture(
  modelType: string,
  readConfig: (fields: ConfigFields) => ModelConfig,
): Architecture {
  return {
    modelType,
    readConfig(fields) {
      refuseDropout(fields, 'attention_dropout')
      readQuantization(fields)
      const config = readConfig(fields)
      refuseUnknownKeys(fields)
      return config
    },
    weightSpecs: decoderWeightSpecs,
    // Old checkpoints store the rotary frequencies, and some a copy of the tied head.
    mayIgnore: (path, config) =>
      path.endsWith('.rotary_emb.inv_freq') || (config.tieWordEmbeddings && path === headPath),
    assemble: assembleDecoder,
  }
}
