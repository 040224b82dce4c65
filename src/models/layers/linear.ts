import type { RowLinear } from '../../tensors/one-token-layer.js'
import type { Ops, Tensor, TensorDtype } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'
import type { RowOrder } from './row-order.js'

/** y = x·Wᵀ (+ b), possibly adapted. Layers hold Linears and do not know whether an adapter is inside. */
export interface Linear {
  /** Module path in the checkpoint, without `.weight`: `model.layers.0.self_attn.q_proj`. */
  readonly path: string
  readonly inFeatures: number
  readonly outFeatures: number
  readonly rowOrder: RowOrder
  /** Of products with the weight: what x, y and their gradients come and go in. The residual stream is float32. */
  readonly dtype: TensorDtype
  /** All parameters inside, frozen ones included, in a stable order. */
  parameters(): readonly Parameter[]
  /**
   * @param x [N, inFeatures] in `dtype`
   * @param heads when given, the result is head-major
   * @returns [N, outFeatures], or [heads, N, outFeatures / heads]; owned by the open scope
   */
  forward(context: RunContext, x: Tensor, heads?: number): Tensor
  /**
   * @param x the forward input, [N, inFeatures] in `dtype`
   * @param dy gradient of the output, [N, outFeatures] in `dtype`
   * @param needInputGradient false for the first layer of a model whose embedding is frozen
   * @returns gradient of x, [N, inFeatures] in `dtype` or float32, or undefined; gradients of trainable parameters go to `sink` in
   *   float32
   */
  backward(
    context: RunContext,
    x: Tensor,
    dy: Tensor,
    needInputGradient: boolean,
    sink: GradientSink,
  ): Tensor | undefined
  /**
   * Names every host value that forward and backward depend on besides shapes: kind, scale, which parameters are
   * trainable. Linears with equal keys run as one recorded graph (`Ops.trace`), with `parameters()` as its inputs.
   * Undefined where a run must not be recorded, as when dropout draws new masks each time.
   */
  traceKey(context: RunContext): string | undefined
  /**
   * A Linear that computes the same with less work, its adapter merged or made ready, for decoding: few rows at a time, many
   * times over. What it holds
   * is this Linear's, kept until the values it was made from are replaced or `endDecoding` is called. Absent where
   * there is nothing to prepare.
   */
  forDecoding?(ops: Ops): Linear
  /** What a kernel for one token takes; undefined where there is no kernel for it. */
  rowLinear?(): RowLinear | undefined
  /** Frees what `forDecoding` keeps; training calls it, because it needs the memory and changes the values. */
  endDecoding?(ops: Ops): void
  /** Unpacks the weight once for all calls until `releaseWeight`: it takes the place of the packed one in `parameters`. */
  holdWeight(ops: Ops): void
  releaseWeight(ops: Ops): void
  /** Frees every parameter. */
  dispose(ops: Ops): void
}
