import type { FusedAttentionOps, HeadMajorQKV, ScoreRule } from '../../kernel-ops.js'
import type { Tensor } from '../../ops.js'
import { type OpAttribute, tensorflowTypes } from '../binding.js'
import { attributesOf, floatAttribute, typeAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import type { AsNative } from './kernel-inputs.js'

// The operations of `kernels/many-row-attention.cc`.

const { float32, bfloat16 } = tensorflowTypes

/** See `Ops.fusedAttention`: on processors it serves every rule, in float32 and bfloat16. @param native checks a handle */
export function tileAttentionOps(runner: OpRunner, native: AsNative): FusedAttentionOps {
  const firstKeys = ({ firstKeys }: ScoreRule): NativeTensor => native(firstKeys ?? runner.ints([]))
  return {
    alwaysServes,
    forward: (inputs, rule) => {
      const { dtype, shape } = inputs.query
      const [, , length = 0, width = 0] = shape
      if (!alwaysServes({ dtype, length, width })) return undefined
      const operands = [...inOrder(inputs).map(native), firstKeys(rule)]
      const outputs = runner.runMany('MedtuneAttend', attributesFor(operands, rule), operands, 2)
      const [attended, statistics] = outputs as [NativeTensor, NativeTensor]
      return { attended, statistics }
    },
    backward: (inputs, { attended, statistics }, dAttended, rule) => {
      const others = [attended, dAttended, statistics]
      const operands = [...[...inOrder(inputs), ...others].map(native), firstKeys(rule)]
      const outputs = runner.runMany('MedtuneAttendGrad', attributesFor(operands, rule), operands, 3)
      const [dQuery, dKey, dValue] = outputs as [NativeTensor, NativeTensor, NativeTensor]
      return { dQuery, dKey, dValue }
    },
  }
}

const inOrder = ({ query, key, value }: HeadMajorQKV): Tensor[] => [query, key, value]

/** One query is a vector for each head: a tile of it would be empty but for a row. */
const alwaysServes: FusedAttentionOps['alwaysServes'] = ({ dtype, length, width }) =>
  length > 1 && width % 2 === 0 && (dtype === 'float32' || dtype === 'bfloat16')

function attributesFor([query]: readonly NativeTensor[], { softCap = 0 }: ScoreRule): readonly OpAttribute[] {
  const type = query?.tensorflowType === bfloat16 ? bfloat16 : float32
  return attributesOf(`MedtuneAttend${type},${softCap}`, () => [
    typeAttribute('T', type),
    floatAttribute('soft_cap', softCap),
  ])
}
