import { MedtuneError } from '../../../errors.js'
import type { OneTokenLayer, RowLinear } from '../../one-token-layer.js'
import type { Tensor } from '../../ops.js'
import { tensorflowTypes } from '../binding.js'
import { attributesOf, floatAttribute, intAttribute, typeAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import { type AsNative, packedInputs, turnsOf } from './kernel-inputs.js'

/** Inputs of one dtype each, in the kernel's order, after those that every layer has. */
const listedTypes = [
  { name: 'F', type: tensorflowTypes.float32 },
  { name: 'H', type: tensorflowTypes.bfloat16 },
  { name: 'B', type: tensorflowTypes.uint8 },
  { name: 'P', type: tensorflowTypes.complex64 },
  { name: 'O', type: tensorflowTypes.int32 },
] as const

/** Plan, place, x, two turns and two caches. */
const fixedInputs = 7

/** See `FewRowOps.runLayer`. The operation takes a plan: numbers that say which input is what. */
export function decodeLayer(
  runner: OpRunner,
  native: AsNative,
  x: NativeTensor,
  layer: OneTokenLayer,
): NativeTensor {
  const { plan, inputs, counts } = planOf(runner, native, layer)
  const { turns, cached, place, norm, softCap = 0, activation } = layer
  const [key, value] = [native(cached.key), native(cached.value)]
  const rule = [norm.epsilon, norm.offset, softCap, activation]
  const attributes = attributesOf(`MedtuneDecodeLayer${key.tensorflowType},${counts},${rule}`, () => [
    typeAttribute('T', key.tensorflowType),
    ...listedTypes.map(({ name }, i) => intAttribute(name, counts[i] ?? 0)),
    floatAttribute('epsilon', norm.epsilon),
    floatAttribute('offset', norm.offset),
    floatAttribute('soft_cap', softCap),
    intAttribute('is_gelu', activation === 'silu' ? 0 : 1),
  ])
  const fixed = [runner.ints(plan), native(place), x, turnsOf(turns.query), turnsOf(turns.key), key, value]
  return runner.run('MedtuneDecodeLayer', attributes, [...fixed, ...inputs])
}

interface LayerPlan {
  readonly plan: readonly number[]
  readonly inputs: readonly NativeTensor[]
  readonly counts: readonly number[]
}

/** Numbers of the plan are written as they come; inputs get theirs once those of all dtypes are counted. */
function planOf(runner: OpRunner, native: AsNative, layer: OneTokenLayer): LayerPlan {
  const { norms, inputs, output, expansion, down } = layer
  const entries: (number | NativeTensor | undefined)[] = [
    layer.heads,
    ...[norms.attention, norms.query, norms.key, norms.attentionOutput, norms.mlp, norms.mlpOutput].map(
      (norm) => norm && native(norm),
    ),
  ]
  const add = (linear: RowLinear): void => void entries.push(...linearEntries(runner, native, linear))
  entries.push(inputs.length)
  inputs.forEach(add)
  add(output)
  entries.push(expansion.length)
  expansion.forEach(add)
  add(down)
  return numbered(entries)
}

/** See `RowLinear` of `kernels/row-linear.h`. */
function linearEntries(
  runner: OpRunner,
  native: AsNative,
  { matrix, dtype, bias, adapter }: RowLinear,
): (number | NativeTensor | undefined)[] {
  const optional = [bias, adapter?.a, adapter?.b].map(
    (tensor: Tensor | undefined) => tensor && native(tensor),
  )
  const head = [tensorflowTypes[dtype], matrix.shape[0] ?? 0, ...optional]
  if (!('packed' in matrix)) return [...head, 0, native(matrix)]
  const { rounding, nested, inputs } = packedInputs(runner, native, matrix)
  return [...head, 1, rounding, nested, ...inputs]
}

function numbered(entries: readonly (number | NativeTensor | undefined)[]): LayerPlan {
  const tensors = [...new Set(entries.filter((entry) => typeof entry === 'object'))]
  const lists = listedTypes.map(({ type }) => tensors.filter(({ tensorflowType }) => tensorflowType === type))
  const inputs = lists.flat()
  if (inputs.length < tensors.length) {
    throw new MedtuneError('INTERNAL', 'a layer in one operation takes float32, bfloat16 and packed weights.')
  }
  const indexOf = new Map(inputs.map((tensor, i) => [tensor, fixedInputs + i]))
  return {
    plan: entries.map((entry) =>
      entry === undefined ? -1 : typeof entry === 'number' ? entry : (indexOf.get(entry) ?? -1),
    ),
    inputs,
    counts: lists.map((list) => list.length),
  }
}
