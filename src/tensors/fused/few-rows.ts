import { type FewRowOps, mostFewRows } from '../kernel-ops.js'
import type { Ops, Tensor, TensorDtype } from '../ops.js'

/**
 * The backend's kernels for x [N, ...] of few rows; undefined where it has none, the rows are many or a dtype is half.
 * @param dtype of the result
 */
export function fewRowOps(ops: Ops, x: Tensor, dtype: TensorDtype = x.dtype): FewRowOps | undefined {
  const [rows = 0] = x.shape
  return rows <= mostFewRows && x.dtype !== 'float16' && dtype !== 'float16' ? ops.fewRows : undefined
}
