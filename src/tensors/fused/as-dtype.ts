import type { Ops, Tensor, TensorDtype } from '../ops.js'

/** x in a dtype: x itself where it has it, else a cast, owned by the open scope. Not to be freed by the caller. */
export function asDtype(ops: Ops, x: Tensor, dtype: TensorDtype): Tensor {
  return x.dtype === dtype ? x : ops.cast(x, dtype)
}
