import type { MatmulPrecision, WeightDtypeOption } from '../../models/weight-dtype.js'

/** `--matmul-precision`, for commands that train. */
export const precisionOption: {
  readonly matmulPrecision: {
    readonly type: 'string'
    readonly valueName: string
    readonly choices: readonly MatmulPrecision[]
    readonly default: MatmulPrecision
    readonly description: string
  }
} = {
  matmulPrecision: {
    type: 'string',
    valueName: 'NAME',
    choices: ['highest', 'high'],
    default: 'highest',
    description: 'high: keep float32 weights and round what is multiplied to bfloat16.',
  },
}

/** `--dtype`, for every command that loads a model. */
export const dtypeOption: {
  readonly dtype: {
    readonly type: 'string'
    readonly valueName: string
    readonly choices: readonly WeightDtypeOption[]
    readonly default: WeightDtypeOption
    readonly description: string
  }
} = {
  dtype: {
    type: 'string',
    valueName: 'NAME',
    choices: ['auto', 'float32', 'bfloat16', 'float16'],
    default: 'auto',
    description:
      'What weights are held and multiplied in (auto: bfloat16 on graphics cards, float32 elsewhere); norms, loss, adapter and optimizer stay float32.',
  },
}
