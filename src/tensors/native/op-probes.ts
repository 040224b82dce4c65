import type { TensorDtype } from '../ops.js'
import { tensorflowTypes } from './binding.js'
import type { OpRunner } from './op-runner.js'
import { addN, cast, elementWise, full } from './operations/element-wise.js'
import { matmul } from './operations/matmul.js'
import { reduce, softmax } from './operations/reductions.js'
import { gather } from './operations/rows.js'
import { bitcast, concat, pad, reshape, slice, split, transpose } from './operations/shapes.js'
import type { NativeTensor } from './tensor-lifetimes.js'

const { float32, int32, uint16 } = tensorflowTypes

/** What one call of each operation on a small matrix says: whether the device has it in that matrix's dtype. */
const operations: Readonly<Record<string, (runner: OpRunner, x: NativeTensor) => unknown>> = {
  MatMul: (runner, x) => matmul(runner, x, x, {}),
  BatchMatMulV2: (runner, x) => {
    const batch = concat(runner, [asBatch(runner, x), asBatch(runner, x)], 0) // [2, 2, 2]
    return matmul(runner, batch, batch, { transposeB: true })
  },
  Cast: (runner, x) => cast(runner, cast(runner, x, float32), x.tensorflowType),
  AddV2: (runner, x) => elementWise(runner, 'AddV2', x, x),
  Sub: (runner, x) => elementWise(runner, 'Sub', x, x),
  Mul: (runner, x) => elementWise(runner, 'Mul', x, x),
  AddN: (runner, x) => addN(runner, [x, x]),
  Sum: (runner, x) => reduce(runner, 'Sum', x, [-1], true),
  Softmax: (runner, x) => softmax(runner, x, false),
  _MklSoftmax: (runner, x) => softmax(runner, x, true),
  GatherV2: (runner, x) => gather(runner, x, full(runner, [1], 0, int32)),
  ConcatV2: (runner, x) => concat(runner, [x, x], 0),
  SplitV: (runner, x) => split(runner, x, [1, 1], 0),
  Slice: (runner, x) => slice(runner, x, [0, 1], [2, 1]),
  Transpose: (runner, x) => transpose(runner, x, [1, 0]),
  Pad: (runner, x) => pad(runner, x, [[0, 1] as const, [0, 0] as const]),
}

/** What packed weights need of bytes. */
const byteOperations: typeof operations = {
  Bitcast: (runner, x) => bitcast(runner, x, uint16),
  Cast: (runner, x) => cast(runner, x, int32),
  Slice: (runner, x) => slice(runner, x, [0, 1], [2, 1]),
  ConcatV2: (runner, x) => concat(runner, [x, x], 0),
}

const probedTypes = ['bfloat16', 'float16', 'uint8'] as const

/** Whether the device has an operation in a dtype; one it lacks runs in float32, between casts. */
export type OpProbes = Readonly<
  Record<(typeof probedTypes)[number], Readonly<Record<string, 'device' | 'float32'>>>
>

/**
 * Tries each operation once in each dtype besides float32, on tiny tensors. Call inside a scope.
 * @param leftOut operations that the device must not be asked for
 */
export function probeDtypes(runner: OpRunner, leftOut: readonly string[]): OpProbes {
  const result = (dtype: (typeof probedTypes)[number]): Record<string, 'device' | 'float32'> => {
    const wanted = Object.entries(dtype === 'uint8' ? byteOperations : operations)
    const probed = wanted.filter(([name]) => !leftOut.includes(name))
    return Object.fromEntries(
      probed.map(([name, call]) => {
        const has = works(() => call(runner, full(runner, [2, 2], 1, tensorflowTypes[dtype])))
        return [name, has ? 'device' : 'float32']
      }),
    )
  }
  return { bfloat16: result('bfloat16'), float16: result('float16'), uint8: result('uint8') }
}

/** Dtypes that products run in without casts; what else an operation lacks is made up for in float32. */
export function computeDtypesOf(probes: OpProbes): TensorDtype[] {
  return ['float32', ...usableHalves(probes)]
}

/** `operation,type` of every operation to run in float32 instead: see `OpRunner.widened`. */
export function widenedOperations(probes: OpProbes): Set<string> {
  return new Set(
    usableHalves(probes).flatMap((dtype) =>
      Object.entries(probes[dtype])
        .filter(([, result]) => result === 'float32')
        .map(([name]) => `${name},${tensorflowTypes[dtype]}`),
    ),
  )
}

/** Without these a dtype gains nothing, or cannot be made up for. */
const essential = ['MatMul', 'BatchMatMulV2', 'Cast', 'SplitV']

function usableHalves(probes: OpProbes): ('bfloat16' | 'float16')[] {
  return (['bfloat16', 'float16'] as const).filter((dtype) =>
    essential.every((name) => probes[dtype][name] === 'device'),
  )
}

export function works(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

/** [2, 2] → [1, 2, 2] */
function asBatch(runner: OpRunner, x: NativeTensor): NativeTensor {
  return reshape(runner, x, [1, 2, 2])
}
