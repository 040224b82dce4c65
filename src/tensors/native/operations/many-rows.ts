import { MedtuneError } from '../../../errors.js'
import type { ManyRowOps, RotaryTable, Tensor, TensorDtype } from '../../ops.js'
import { attributeTypes, type OpAttribute, tensorflowTypes } from '../binding.js'
import { attributesOf, elementType, intAttribute, typeAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import { complexTurns } from './rotary.js'

// The operations of `kernels/many-row-ops.cc`.

type AsNative = (tensor: Tensor) => NativeTensor

/** See `Ops.manyRows`. @param native checks a handle */
export function manyRowOps(runner: OpRunner, native: AsNative): ManyRowOps {
  return {
    gatedUnit: (activation, gate, up, dtype) =>
      runner.run('MedtuneGateRows', gateAttributes(activation, native(gate), kernelType(dtype)), [
        native(gate),
        native(up),
      ]),
    gatedUnitBackward: (activation, gate, up, dActivated) => {
      const inputs = [gate, up, dActivated].map(native) as [NativeTensor, NativeTensor, NativeTensor]
      const attributes = gateAttributes(activation, inputs[0], inputs[2].tensorflowType)
      const [dGate, dUp] = runner.runMany('MedtuneGateRowsGrad', attributes, inputs, 2)
      return { dGate: made(dGate), dUp: made(dUp) }
    },
    normalizeRows: (x, weight, { epsilon, offset, dtype }) => {
      const type = kernelType(dtype)
      const attributes = attributesOf(`MedtuneNormalizeRows${type},${epsilon},${offset}`, () => [
        typeAttribute('U', type),
        floatAttribute('epsilon', epsilon),
        floatAttribute('offset', offset),
      ])
      const outputs = runner.runMany('MedtuneNormalizeRows', attributes, [native(x), native(weight)], 3)
      const [y, normalized, inverseRms] = outputs.map(made) as [NativeTensor, NativeTensor, NativeTensor]
      return { y, normalized, inverseRms }
    },
    normalizeRowsBackward: (dy, { normalized, inverseRms }, weight, { offset, residual }) => {
      const adds = residual === undefined ? 0 : 1
      const attributes = attributesOf(`MedtuneNormalizeRowsGrad${offset},${adds}`, () => [
        floatAttribute('offset', offset),
        intAttribute('adds', adds),
      ])
      // Without a residual any tensor of its dtype fills its place.
      const inputs = [dy, normalized, inverseRms, weight, residual ?? weight]
      return runner.run('MedtuneNormalizeRowsGrad', attributes, inputs.map(native))
    },
    maskedSoftmax: (scores, mask) => maskedSoftmax(runner, native(scores), native(mask)),
    softmaxBackward: (p, dP) =>
      runner.run('MedtuneSoftmaxGrad', elementType(native(p).tensorflowType), [native(p), native(dP)]),
    crossEntropy: (logits, labels, { softCap = 0, gradients }) => {
      const type = native(logits).tensorflowType
      const attributes = attributesOf(`MedtuneCrossEntropy${type},${softCap},${gradients}`, () => [
        typeAttribute('T', type),
        floatAttribute('soft_cap', softCap),
        intAttribute('gradients', gradients ? 1 : 0),
      ])
      const outputs = runner.runMany('MedtuneCrossEntropy', attributes, [native(logits), native(labels)], 2)
      const [losses, atLabel] = outputs.map(made) as [NativeTensor, NativeTensor]
      return { losses, atLabel }
    },
    addLowRank: (x, left, right, dtype) => {
      const [from, to] = [native(x).tensorflowType, kernelType(dtype)]
      const attributes = attributesOf(`MedtuneAddLowRank${from},${to}`, () => [
        typeAttribute('T', from),
        typeAttribute('U', to),
      ])
      return runner.run('MedtuneAddLowRank', attributes, [x, left, right].map(native))
    },
    rotary: (x, table, rule) => turnRows(runner, native(x), table, rule),
  }
}

/** softmax(scores + mask) over the last axis. */
export function maskedSoftmax(runner: OpRunner, scores: NativeTensor, mask: NativeTensor): NativeTensor {
  return runner.run('MedtuneMaskedSoftmax', elementType(scores.tensorflowType), [scores, mask])
}

function turnRows(
  runner: OpRunner,
  x: NativeTensor,
  table: RotaryTable,
  { inverse, byToken, dtype }: Parameters<ManyRowOps['rotary']>[2],
): NativeTensor {
  const [from, to] = [x.tensorflowType, kernelType(dtype)]
  const attributes = attributesOf(`MedtuneTurnRows${from},${to},${byToken}`, () => [
    typeAttribute('T', from),
    typeAttribute('U', to),
    intAttribute('by_token', byToken ? 1 : 0),
  ])
  return runner.run('MedtuneTurnRows', attributes, [x, complexTurns(table, inverse)])
}

function gateAttributes(activation: string, gate: NativeTensor, other: number): readonly OpAttribute[] {
  const type = gate.tensorflowType
  return attributesOf(`MedtuneGateRows${type},${other},${activation}`, () => [
    typeAttribute('T', type),
    typeAttribute('U', other),
    intAttribute('is_gelu', activation === 'silu' ? 0 : 1),
  ])
}

function kernelType(dtype: TensorDtype): number {
  if (dtype === 'float32' || dtype === 'bfloat16') return tensorflowTypes[dtype]
  throw new MedtuneError('INTERNAL', `operations on many rows come in float32 and bfloat16; got ${dtype}.`)
}

function floatAttribute(name: string, value: number): OpAttribute {
  return { name, type: attributeTypes.float, value }
}

function made(tensor: NativeTensor | undefined): NativeTensor {
  if (tensor !== undefined) return tensor
  throw new MedtuneError('INTERNAL', 'an operation on many rows must have all its outputs; got fewer.')
}
