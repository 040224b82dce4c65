import { MedtuneError } from '../../../errors.js'
import type { RotaryTable } from '../../ops.js'
import { pairFactor } from '../../pair-factor.js'
import { tensorflowTypes } from '../binding.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import { elementWise } from './element-wise.js'
import { bitcast, concat, reshape, slice } from './shapes.js'

/** Pair j of a row is one complex number; turning it is one product with e^{iθ} (forward) or e^{−iθ} (inverse). */
interface ComplexTable extends RotaryTable {
  readonly kind: 'complex'
  /** complex64 [T, D/2] or [B, T, D/2]. */
  readonly forward: NativeTensor
  readonly inverse: NativeTensor
}

/** The same in real arithmetic, where the device has no complex kernels. float32 [T, D/2, 1] or [B, T, D/2, 1]. */
interface RealTable extends RotaryTable {
  readonly kind: 'real'
  readonly cos: NativeTensor
  readonly sin: NativeTensor
}

export interface RotaryTableOptions {
  readonly angles: Float32Array
  readonly shape: readonly number[]
  /** One for all pairs, or one for each, [D/2]. */
  readonly factor: number | Float32Array
  readonly complex: boolean
}

/** See `Ops.rotaryTable`. */
export function makeRotaryTable(runner: OpRunner, options: RotaryTableOptions): RotaryTable {
  const { angles, shape, factor } = options
  const length = shape.at(-2) ?? 0
  if (options.complex) {
    const forward = uploadTurns(runner, options, 1)
    const inverse = uploadTurns(runner, options, -1)
    const table: ComplexTable = { kind: 'complex', length, forward, inverse, tensors: [forward, inverse] }
    return table
  }
  const cos = uploadReal(
    runner,
    angles.map((angle, i) => Math.cos(angle) * pairFactor(factor, i)),
    [...shape, 1],
  )
  const sin = uploadReal(
    runner,
    angles.map((angle, i) => Math.sin(angle) * pairFactor(factor, i)),
    [...shape, 1],
  )
  const table: RealTable = { kind: 'real', length, cos, sin, tensors: [cos, sin] }
  return table
}

/**
 * See `Ops.rotary`.
 * @param x float32 [H, B, T, D]
 */
export function rotate(
  runner: OpRunner,
  x: NativeTensor,
  table: RotaryTable,
  inverse: boolean,
): NativeTensor {
  const pairs = reshape(runner, x, [...x.shape.slice(0, -1), -1, 2]) // [H, B, T, D/2, 2]
  const turned = isComplex(table)
    ? turnComplex(runner, pairs, inverse ? table.inverse : table.forward)
    : turnReal(runner, pairs, asReal(table), inverse)
  const result = reshape(runner, turned, x.shape) // [H, B, T, D]
  runner.free(pairs, turned)
  return result
}

function turnComplex(runner: OpRunner, pairs: NativeTensor, turns: NativeTensor): NativeTensor {
  const complex = bitcast(runner, pairs, tensorflowTypes.complex64) // [H, B, T, D/2]
  const product = elementWise(runner, 'Mul', complex, turns)
  const result = bitcast(runner, product, tensorflowTypes.float32) // [H, B, T, D/2, 2]
  runner.free(complex, product)
  return result
}

function turnReal(runner: OpRunner, pairs: NativeTensor, table: RealTable, inverse: boolean): NativeTensor {
  const part = (index: number): NativeTensor => slice(runner, pairs, [0, 0, 0, 0, index], [-1, -1, -1, -1, 1])
  const [x, y] = [part(0), part(1)]
  const product = (a: NativeTensor, b: NativeTensor): NativeTensor => elementWise(runner, 'Mul', a, b)
  const [xCos, ySin, xSin, yCos] = [
    product(x, table.cos),
    product(y, table.sin),
    product(x, table.sin),
    product(y, table.cos),
  ]
  const first = elementWise(runner, inverse ? 'AddV2' : 'Sub', xCos, ySin)
  const second = inverse ? elementWise(runner, 'Sub', yCos, xSin) : elementWise(runner, 'AddV2', yCos, xSin)
  const result = concat(runner, [first, second], -1) // [H, B, T, D/2, 2]
  runner.free(x, y, xCos, ySin, xSin, yCos, first, second)
  return result
}

/** e^{±iθ} as pairs of floats, in double precision until the last rounding. */
function uploadTurns(
  runner: OpRunner,
  { angles, shape, factor }: RotaryTableOptions,
  direction: 1 | -1,
): NativeTensor {
  const pairs = new Float32Array(angles.length * 2)
  for (let i = 0; i < angles.length; i++) {
    const angle = angles[i] as number
    const scale = pairFactor(factor, i)
    pairs[2 * i] = Math.cos(angle) * scale
    pairs[2 * i + 1] = direction * Math.sin(angle) * scale
  }
  return runner.upload(new Uint8Array(pairs.buffer), shape, tensorflowTypes.complex64)
}

function uploadReal(runner: OpRunner, values: Float32Array, shape: readonly number[]): NativeTensor {
  return runner.upload(new Uint8Array(values.buffer), shape, tensorflowTypes.float32)
}

/** e^{iθ} or e^{−iθ} of each pair. */
export function complexTurns(table: RotaryTable, inverse: boolean): NativeTensor {
  if (isComplex(table)) return inverse ? table.inverse : table.forward
  throw new MedtuneError('INTERNAL', 'kernels that rotate take complex rotary tables; got real ones.')
}

function isComplex(table: RotaryTable): table is ComplexTable {
  return 'kind' in table && table.kind === 'complex'
}

function asReal(table: RotaryTable): RealTable {
  if ('kind' in table && table.kind === 'real') return table as RealTable
  throw new MedtuneError('INTERNAL', 'rotary table must be made by the same backend; got one of another.')
}
