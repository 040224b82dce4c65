import type { LabelledRows } from '../tensors/fused/head-loss.js'
import type { Ops, Tensor } from '../tensors/ops.js'
import type { KVCache } from './kv-cache.js'
import type { Linear } from './layers/linear.js'
import type { ModelConfig } from './model-config.js'
import type { GradientSink, Parameter } from './parameter.js'

/** A batch of token rows, right-padded to one length. */
export interface TokenBatch {
  /** int32 [B, T], row-major. */
  readonly inputIds: Int32Array
  /** int32 [B, T]: −100 where no loss is wanted. Not shifted: row t is predicted by position t − 1. */
  readonly labels: Int32Array
  readonly batchSize: number
  readonly length: number
  /**
   * int32 [B, T] of packed rows: which of a row's segments a token belongs to. Tokens see their own segment alone, whose
   * positions start at 0 and whose first token is predicted by nothing. Absent: each row is one segment.
   */
  readonly segmentIds?: Int32Array | undefined
}

export interface GradientOptions {
  /** The summed loss and its gradients are divided by this: the label count of the whole accumulated step. */
  readonly lossDivisor: number
  /** Keep layer inputs only and run each layer again in backward. */
  readonly gradientCheckpointing: boolean
  readonly sink: GradientSink
  readonly dropoutSeed?: number
  /** Added to the embedded tokens, float32 [B·T, E], row-major (NEFTune). */
  readonly embeddingNoise?: Float32Array
}

/** Attention weights of one layer, after softmax. */
export interface LayerAttention {
  readonly layer: number
  /** float32 [B, H, T, S], row-major. */
  readonly data: Float32Array
  readonly shape: readonly number[]
}

/** A decoder-only language model on a backend. An adapted model is a CausalLM too. */
export interface CausalLM {
  readonly config: ModelConfig
  readonly ops: Ops
  /** Folder or repository the weights came from, for `base_model_name_or_path`. */
  readonly nameOrPath: string
  parameters(): readonly Parameter[]
  /** Every Linear by module path, the output head included when it is not tied. */
  linears(): ReadonlyMap<string, Linear>
  /** Puts another Linear (an adapter around it, a merged weight) in the place of the one at `path`. */
  replaceLinear(path: string, linear: Linear): void
  /**
   * Logits of every position.
   * @param inputIds rows of equal length, token ids in 0..V−1
   * @returns float32 [B, T, V]
   */
  logits(inputIds: readonly (readonly number[])[]): Promise<{ data: Float32Array; shape: readonly number[] }>
  /** Mean cross-entropy over unmasked labels (−100 is masked), shifted inside. Rows of equal length. */
  loss(inputIds: readonly (readonly number[])[], labels: readonly (readonly number[])[]): Promise<number>
  /**
   * Cross-entropy of single labels, −log P(label | its row up to a position): likelihoods without whole logits.
   * @param inputIds rows of equal length; what stands behind the last position asked for does not matter
   * @param targets `rows` are positions, row · T + t; one may occur more than once, with another label
   * @returns float32 [n]
   */
  labelLosses(inputIds: readonly (readonly number[])[], targets: LabelledRows): Promise<Float32Array>
  /** Forward pass of one batch: the summed loss and how many labels it covers, as `lossAndGradients` counts. */
  batchLoss(batch: TokenBatch): Promise<{ lossSum: number; labelCount: number }>
  /** Forward and backward of one micro-batch. Returns the summed (undivided) loss and how many labels it covers. */
  lossAndGradients(
    batch: TokenBatch,
    options: GradientOptions,
  ): Promise<{ lossSum: number; labelCount: number }>
  /** Attention weights of the chosen layers for a forward pass. */
  attentions(inputIds: readonly (readonly number[])[], layers: readonly number[]): Promise<LayerAttention[]>
  /** An empty key/value cache for `decode`. */
  createCache(): KVCache
  /**
   * Runs `ids` (one row) after what is in `cache`, extending it.
   * @returns logits of the last position, float32 [V]
   */
  decode(ids: readonly number[], cache: KVCache): Promise<Float32Array>
  /**
   * Runs `ids` (one row) after what is in `cache`, which stays as it is: several continuations of one prompt.
   * @returns logits of every position, float32 [n, V]
   */
  peek(ids: readonly number[], cache: KVCache): Promise<Float32Array>
  /** Hidden states after the final norm, float32 [B·T, E]; owned by the open scope. `segmentIds` as in `TokenBatch`. */
  hiddenStates(inputIds: Int32Array, batchSize: number, segmentIds?: Int32Array): Tensor
  dispose(): void
}
