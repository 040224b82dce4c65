import { MedtuneError } from '../../../errors.js'
import { type FewRowOps, mostFewRows, type OneTokenAttention, type PackedMatrix } from '../../kernel-ops.js'
import type { TensorDtype } from '../../ops.js'
import { tensorflowTypes } from '../binding.js'
import { attributesOf, elementType, floatAttribute, intAttribute, typeAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import { decodeLayers } from './decode-layers.js'
import { type AsNative, packedInputs, turnsOf } from './kernel-inputs.js'

// The operations of `kernels/few-row-ops.cc`: products that read each weight once, and what lies between two of them
// as one operation instead of eight.

const { float32, bfloat16 } = tensorflowTypes

/** x [N, in] · wᵀ, w [out, in] or [heads, out / heads, in] → [N, out] or [heads, N, out / heads]. */
export function rowProduct(runner: OpRunner, x: NativeTensor, w: NativeTensor): NativeTensor {
  return runner.run('MedtuneRowProduct', elementType(x.tensorflowType), [x, w])
}

/** Whether `rowProduct` computes a · bᵀ. */
export function isRowProduct(a: NativeTensor, b: NativeTensor): boolean {
  const [rows = 0] = a.shape
  return (
    a.shape.length === 2 &&
    rows > 0 &&
    rows <= mostFewRows &&
    (b.shape.length === 2 || b.shape.length === 3) &&
    !b.shape.includes(0) &&
    a.tensorflowType === b.tensorflowType &&
    isKernelType(a.tensorflowType)
  )
}

/** See `Ops.fewRows`. @param native checks a handle */
export function fewRowOps(runner: OpRunner, native: AsNative): FewRowOps {
  return {
    multiplyPacked: (x, matrix, heads) => nf4Product(runner, native, native(x), matrix, heads),
    decodePacked: (matrix, dtype) => nf4Decode(runner, native, matrix, dtype),
    attendOne: (inputs) => stepAttention(runner, native, inputs),
    runLayers: (x, layers) => decodeLayers(runner, native, native(x), layers),
    normRows: (x, weight, { epsilon, offset, dtype }) => {
      const type = kernelType(dtype)
      const attributes = attributesOf(`MedtuneNormRows${type},${epsilon},${offset}`, () => [
        typeAttribute('U', type),
        floatAttribute('epsilon', epsilon),
        floatAttribute('offset', offset),
      ])
      return runner.run('MedtuneNormRows', attributes, [native(x), native(weight)])
    },
    gatedUnit: (activation, gate, up, dtype) => {
      const [from, to] = [native(gate).tensorflowType, kernelType(dtype)]
      const attributes = attributesOf(`MedtuneGatedUnit${from},${to},${activation}`, () => [
        typeAttribute('T', from),
        typeAttribute('U', to),
        intAttribute('is_gelu', activation === 'silu' ? 0 : 1),
      ])
      return runner.run('MedtuneGatedUnit', attributes, [native(gate), native(up)])
    },
  }
}

function nf4Product(
  runner: OpRunner,
  native: AsNative,
  x: NativeTensor,
  matrix: PackedMatrix,
  heads = 1,
): NativeTensor {
  const type = x.tensorflowType
  const [out = 0] = matrix.shape
  const { rounding, nested, inputs } = packedInputs(runner, native, matrix)
  const attributes = attributesOf(`MedtuneNf4Product${type},${out},${heads},${rounding},${nested}`, () => [
    typeAttribute('T', type),
    intAttribute('out', out),
    intAttribute('heads', heads),
    intAttribute('rounding', rounding),
    intAttribute('nested', nested),
  ])
  return runner.run('MedtuneNf4Product', attributes, [x, ...inputs])
}

function nf4Decode(
  runner: OpRunner,
  native: AsNative,
  matrix: PackedMatrix,
  dtype: TensorDtype,
): NativeTensor {
  const type = kernelType(dtype)
  const [out = 0, width = 0] = matrix.shape
  const { rounding, nested, inputs } = packedInputs(runner, native, matrix)
  const attributes = attributesOf(`MedtuneNf4Decode${type},${out},${width},${rounding},${nested}`, () => [
    typeAttribute('T', type),
    intAttribute('out', out),
    intAttribute('width', width),
    intAttribute('rounding', rounding),
    intAttribute('nested', nested),
  ])
  return runner.run('MedtuneNf4Decode', attributes, inputs)
}

function stepAttention(
  runner: OpRunner,
  native: AsNative,
  { query, key, value, turns, cached, place, softCap = 0 }: OneTokenAttention,
): NativeTensor {
  const [type, turned] = [native(value).tensorflowType, native(query).tensorflowType]
  const attributes = attributesOf(`MedtuneStepAttention${type},${turned},${softCap}`, () => [
    typeAttribute('T', type),
    typeAttribute('U', turned),
    floatAttribute('soft_cap', softCap),
  ])
  const inputs = [
    query,
    key,
    value,
    turnsOf(turns.query),
    turnsOf(turns.key),
    cached.key,
    cached.value,
    place,
  ]
  return runner.run('MedtuneStepAttention', attributes, inputs.map(native))
}

function kernelType(dtype: TensorDtype): number {
  const type = tensorflowTypes[dtype]
  if (isKernelType(type)) return type
  throw new MedtuneError('INTERNAL', `operations on few rows come in float32 and bfloat16; got ${dtype}.`)
}

function isKernelType(type: number): boolean {
  return type === float32 || type === bfloat16
}
