import { MedtuneError } from '../../../errors.js'
import type { Activation } from '../../fused/gated-unit.js'
import type { ManyRowOps } from '../../kernel-ops.js'
import type { RotaryTable, TensorDtype } from '../../ops.js'
import { type OpAttribute, tensorflowTypes } from '../binding.js'
import { attributesOf, floatAttribute, intAttribute, typeAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import type { AsNative } from './kernel-inputs.js'
import { complexTurns } from './rotary.js'

// The operations of `kernels/many-row-ops.cc`.

/** See `Ops.manyRows`. @param native checks a handle */
export function manyRowOps(runner: OpRunner, native: AsNative): ManyRowOps {
  return {
    gatedUnit: (activation, gate, up, dtype) =>
      gateRows(runner, activation, [native(gate), native(up)], kernelType(dtype)),
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

/** a(gate) · up, see `ManyRowOps.gatedUnit`. @param type TensorFlow's of the result */
export function gateRows(
  runner: OpRunner,
  activation: Activation,
  [gate, up]: readonly [gate: NativeTensor, up: NativeTensor],
  type: number,
): NativeTensor {
  return runner.run('MedtuneGateRows', gateAttributes(activation, gate, type), [gate, up])
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

function gateAttributes(activation: Activation, gate: NativeTensor, other: number): readonly OpAttribute[] {
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

function made(tensor: NativeTensor | undefined): NativeTensor {
  if (tensor !== undefined) return tensor
  throw new MedtuneError('INTERNAL', 'an operation on many rows must have all its outputs; got fewer.')
}
