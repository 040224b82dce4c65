import { MedtuneError } from '../errors.js'
import { asDtype } from '../tensors/fused/as-dtype.js'
import type { Ops, Tensor, TensorDtype } from '../tensors/ops.js'
import type { Parameter } from './parameter.js'

const floatDtypes = ['float32', 'bfloat16', 'float16'] as const

/** Dtypes that a model's matrices are held and multiplied in. */
export type WeightDtype = (typeof floatDtypes)[number]

/** As options spell it. `auto` is bfloat16 on a graphics card that computes in it, float32 elsewhere. */
export type WeightDtypeOption = 'auto' | WeightDtype

const weightDtypeOptions: readonly WeightDtypeOption[] = ['auto', ...floatDtypes]

/**
 * The dtype that a backend is to hold and multiply a model's matrices in.
 *
 * @throws INVALID_ARGUMENT for an unknown name, BACKEND_UNAVAILABLE where the backend does not compute in it
 */
export function resolveWeightDtype(
  ops: Pick<Ops, 'name' | 'computeDtypes'>,
  dtype: WeightDtypeOption = 'auto',
): WeightDtype {
  if (!weightDtypeOptions.includes(dtype)) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `dtype must be ${weightDtypeOptions.join(', ')}; got ${dtype}. Leave it out for auto.`,
    )
  }
  if (dtype === 'auto')
    return ops.name === 'cuda' && ops.computeDtypes.includes('bfloat16') ? 'bfloat16' : 'float32'
  if (ops.computeDtypes.includes(dtype)) return dtype
  throw new MedtuneError(
    'BACKEND_UNAVAILABLE',
    `dtype ${dtype} needs a backend that computes in it; ${ops.name} computes in ${ops.computeDtypes.join(', ')}. ` +
      'Set dtype to float32, or use --backend native (medtune setup --cpu).',
  )
}

/** As PyTorch's `set_float32_matmul_precision` names them. */
export type MatmulPrecision = 'highest' | 'high'

/** @throws INVALID_ARGUMENT for another name, BACKEND_UNAVAILABLE for `high` where the backend has no bfloat16 products */
export function checkPrecision(
  ops: Pick<Ops, 'name' | 'computeDtypes'>,
  precision: MatmulPrecision = 'highest',
): void {
  if (precision !== 'highest' && precision !== 'high') {
    throw new MedtuneError('INVALID_ARGUMENT', `matmulPrecision must be highest or high; got ${precision}.`)
  }
  if (precision === 'high') resolveWeightDtype(ops, 'bfloat16')
}

/** Lets products round float32 matrices to bfloat16 (`high`), or not. See `checkPrecision`. */
export function setPrecision(parameters: Iterable<Parameter>, precision: MatmulPrecision = 'highest'): void {
  if (precision === 'highest') return
  for (const parameter of parameters) {
    const { shape, dtype } = parameter.value
    if (shape.length === 2 && dtype === 'float32') parameter.productDtype = 'bfloat16'
  }
}

/** Values as a kept handle in a dtype: matrices only, vectors (norms, biases) are float32 always. */
export function uploadInDtype(
  ops: Ops,
  data: Float32Array,
  shape: readonly number[],
  dtype: TensorDtype,
): Tensor {
  const own = shape.length < 2 ? 'float32' : dtype
  return ops.scope(() => ops.keep(asDtype(ops, ops.upload(data, shape), own)))
}
