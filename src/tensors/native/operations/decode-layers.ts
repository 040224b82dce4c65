import { MedtuneError } from '../../../errors.js'
import type { OneTokenLayer, OneTokenLayers, RowLinear } from '../../one-token-layer.js'
import type { Tensor } from '../../ops.js'
import { tensorflowTypes } from '../binding.js'
import { attributesOf, floatAttribute, intAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import { type AsNative, packedInputs, turnsOf } from './kernel-inputs.js'

/** Inputs of one dtype each, in the kernel's order, after plan and x. */
const listedTypes = [
  { name: 'F', type: tensorflowTypes.float32 },
  { name: 'H', type: tensorflowTypes.bfloat16 },
  { name: 'B', type: tensorflowTypes.uint8 },
  { name: 'P', type: tensorflowTypes.complex64 },
  { name: 'I', type: tensorflowTypes.int32 },
] as const

/** Plan and x. */
const fixedInputs = 2

/** A number of the plan, an input that it names, or none. */
type Entry = number | NativeTensor | undefined

/** See `FewRowOps.runLayers`. The operation takes a plan: numbers that say which input is what. */
export function decodeLayers(
  runner: OpRunner,
  native: AsNative,
  x: NativeTensor,
  { layers, norm, softCap = 0, activation }: OneTokenLayers,
): NativeTensor {
  const entries = layers.flatMap((layer) => layerEntries(runner, native, layer))
  const { plan, inputs, counts } = numbered([layers.length, ...entries])
  const rule = [norm.epsilon, norm.offset, softCap, activation]
  const attributes = attributesOf(`MedtuneDecodeLayers${counts},${rule}`, () => [
    ...listedTypes.map(({ name }, i) => intAttribute(name, counts[i] ?? 0)),
    floatAttribute('epsilon', norm.epsilon),
    floatAttribute('offset', norm.offset),
    floatAttribute('soft_cap', softCap),
    intAttribute('is_gelu', activation === 'silu' ? 0 : 1),
  ])
  return runner.run('MedtuneDecodeLayers', attributes, [runner.ints(plan), x, ...inputs])
}

/** In the order of `kernels/decode-layers.cc`. */
function layerEntries(runner: OpRunner, native: AsNative, layer: OneTokenLayer): Entry[] {
  const { place, turns, cached, norms, inputs, output, expansion, down } = layer
  const linears = (list: readonly RowLinear[]): Entry[] =>
    list.flatMap((linear) => linearEntries(runner, native, linear))
  const normWeights = [
    norms.attention,
    norms.query,
    norms.key,
    norms.attentionOutput,
    norms.mlp,
    norms.mlpOutput,
  ]
  return [
    ...[native(place), turnsOf(turns.query), turnsOf(turns.key), native(cached.key), native(cached.value)],
    layer.heads,
    ...normWeights.map((norm) => norm && native(norm)),
    ...[inputs.length, ...linears(inputs), ...linears([output])],
    ...[expansion.length, ...linears(expansion), ...linears([down])],
  ]
}

/** See `RowLinear` of `kernels/row-linear.h`. */
function linearEntries(
  runner: OpRunner,
  native: AsNative,
  { matrix, dtype, bias, adapter }: RowLinear,
): Entry[] {
  const optional = [bias, adapter?.a, adapter?.b].map(
    (tensor: Tensor | undefined) => tensor && native(tensor),
  )
  const head = [tensorflowTypes[dtype], matrix.shape[0] ?? 0, ...optional]
  if (!('packed' in matrix)) return [...head, 0, native(matrix)]
  const { rounding, nested, inputs } = packedInputs(runner, native, matrix)
  return [...head, 1, rounding, nested, ...inputs]
}

/** Numbers of the plan stay as they are; inputs get theirs once those of all dtypes are counted. */
function numbered(entries: readonly Entry[]): {
  plan: readonly number[]
  inputs: readonly NativeTensor[]
  counts: readonly number[]
} {
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
