import type { ManyRowOps } from '../kernel-ops.js'
import type { Ops, TensorDtype } from '../ops.js'

/**
 * The backend's kernels for what lies between two products; undefined where it has none or a dtype is half.
 * @param dtypes of inputs and results
 */
export function manyRowOps(ops: Ops, ...dtypes: readonly TensorDtype[]): ManyRowOps | undefined {
  return dtypes.includes('float16') ? undefined : ops.manyRows
}
