import { cappedLogits } from '../tensors/fused/head-loss.js'
import type { Ops, Tensor } from '../tensors/ops.js'
import type { DecoderLayer } from './layers/decoder-layer.js'
import type { DenseLinear } from './layers/dense-linear.js'
import type { Embedding } from './layers/embedding.js'
import type { DenseWeight } from './layers/linear-weight.js'
import { recordedForward } from './layers/recorded-layer.js'
import type { RMSNorm } from './layers/rms-norm.js'
import {
  type AttentionKind,
  type SequenceShape,
  type SequenceTables,
  sequenceTables,
  tablesOf,
} from './layers/sequence-tables.js'
import type { ModelConfig } from './model-config.js'
import type { Parameter, RunContext } from './parameter.js'

/** The parts of a decoder-only model, as an architecture assembles them. */
export interface DecoderStack {
  readonly config: ModelConfig
  readonly ops: Ops
  readonly embedding: Embedding
  readonly layers: readonly DecoderLayer[]
  readonly finalNorm: RMSNorm
  /** Undefined when the embedding's table is the output head (tied weights). */
  head: DenseLinear<DenseWeight> | undefined
  /** What layers' `attentionKind` points at. */
  readonly attentionKinds: readonly AttentionKind[]
}

/** Float [V, E]: the embedding's table when tied. */
export function headWeight(stack: DecoderStack): Parameter {
  return stack.head?.weight.parameter ?? stack.embedding.weight
}

/** Every parameter once, in the order of the forward pass. */
export function stackParameters(stack: DecoderStack): Parameter[] {
  return [
    stack.embedding.weight,
    ...stack.layers.flatMap((layer) => layer.parameters()),
    stack.finalNorm.weight,
    ...(stack.head?.parameters() ?? []),
  ]
}

/** Rotations and masks for rows of a shape, for each kind of attention, owned by the open scope. */
export function tablesFor(stack: DecoderStack, shape: SequenceShape): SequenceTables[] {
  return sequenceTables(stack.ops, stack.attentionKinds, { ...scoresOf(stack, shape), ...shape })
}

/** No scores where the device's own attention serves every layer: T² numbers of masks less. */
function scoresOf(
  { config, ops, layers }: DecoderStack,
  { length }: SequenceShape,
): Pick<SequenceShape, 'scores'> {
  const width = config.headDim
  const always = layers.every(({ blocks: { attention } }) =>
    ops.fusedAttention?.alwaysServes({ dtype: attention.dtype, length, width }),
  )
  return always ? { scores: 'none' } : {}
}

/**
 * The residual stream after all layers, before the final norm.
 *
 * @param ids int32 [N]
 * @returns float32 [N, E], owned by the open scope
 */
export function runLayers(
  stack: DecoderStack,
  context: RunContext,
  ids: Int32Array,
  tables: readonly SequenceTables[],
): Tensor {
  const { ops } = stack
  let x = ops.scope(() => stack.embedding.forward(context, ops.upload(ids, [ids.length])))
  for (const layer of stack.layers) {
    const y = recordedForward(context, layer, x, tablesOf(tables, layer))
    ops.free(x)
    x = y
  }
  return x
}

/** The final norm: float32 [N, E] → [N, E], owned by the open scope. */
export function finalHidden(stack: DecoderStack, context: RunContext, x: Tensor): Tensor {
  return stack.ops.scope(() => stack.finalNorm.normalize(context, x).y)
}

/** Logits of rows after the final norm: float32 [n, E] → [n, V], owned by the open scope. */
export function headLogits(stack: DecoderStack, hidden: Tensor): Tensor {
  return cappedLogits(stack.ops, hidden, headWeight(stack).value, stack.config.finalSoftCap)
}
