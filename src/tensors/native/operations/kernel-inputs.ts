import { MedtuneError } from '../../../errors.js'
import type { PackedMatrix } from '../../kernel-ops.js'
import type { RotaryTable, Tensor, TensorDtype } from '../../ops.js'
import { tensorflowTypes } from '../binding.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'

/** Checks a handle. */
export type AsNative = (tensor: Tensor | undefined) => NativeTensor

/** Bits of the kernels' `rounding`. */
const roundings: Readonly<Partial<Record<TensorDtype, number>>> = { float16: 1, bfloat16: 2 }

/** What kernels take of a packed matrix. */
export function packedInputs(
  runner: OpRunner,
  native: AsNative,
  { packed, pairs, maxima, rows, roundedTo }: PackedMatrix,
): { rounding: number; nested: number; inputs: NativeTensor[] } {
  // What a form of maxima has no use for is filled with a tensor of the same dtype.
  const ofMaxima =
    'dtype' in maxima
      ? [packed, maxima, maxima, maxima]
      : [maxima.codes, maxima.levels.tensors[0], maxima.rowMaxima, maxima.offset]
  const order = rows ?? runner.ints([])
  return {
    rounding: roundedTo.reduce((bits, dtype) => bits | (roundings[dtype] ?? 0), 0),
    nested: 'dtype' in maxima ? 0 : 1,
    inputs: [packed, pairs.tensors[0], order, ...ofMaxima].map(native),
  }
}

/** e^{iθ} of each pair. */
export function turnsOf({ tensors: [forward] }: RotaryTable): NativeTensor {
  const turns = forward as NativeTensor | undefined
  if (turns?.tensorflowType === tensorflowTypes.complex64) return turns
  throw new MedtuneError('INTERNAL', 'attention of one token takes complex rotary tables; got real ones.')
}
