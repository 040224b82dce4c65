import type { Tensor } from '../../tensors/ops.js'
import type { ParameterGroup } from './flat-vector.js'

export interface UpdateOptions {
  readonly learningRate: number
  /** Multiplies every gradient first: 1, or less where the gradient norm is clipped. */
  readonly gradientScale: number
}

/** Changes parameters by their gradients. Owns its state on the device. */
export interface Optimizer {
  readonly groups: readonly ParameterGroup[]
  /**
   * One update. Each parameter's old value is freed and a new handle put in its place.
   *
   * @param gradients one flat vector per group, in order, float32 [n]; they stay the caller's
   */
  update(gradients: readonly Tensor[], options: UpdateOptions): void
  /** The state to store in a checkpoint: the number of updates done, and vectors by name. */
  readState(): Promise<OptimizerState>
  /** @throws INVALID_ARGUMENT when the vectors are not those of these parameters */
  restoreState(state: OptimizerState): void
  dispose(): void
}

export interface OptimizerState {
  readonly updates: number
  /** float32 values, or codes of 8 bits. */
  readonly vectors: ReadonlyMap<string, Float32Array | Uint8Array>
}
