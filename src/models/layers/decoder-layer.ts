import type { NormalizedRows } from '../../tensors/fused/rms-norm.js'
import type { Ops, Tensor } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'
import { Attention, type AttentionActivations, type CachedKeyValue } from './attention.js'
import type { Linear } from './linear.js'
import { Mlp, type MlpActivations } from './mlp.js'
import type { RMSNorm } from './rms-norm.js'
import type { SequenceTables } from './sequence-tables.js'

/**
 * What one layer keeps for its backward pass. Normalized rows are kept without their weight and the gated activation not
 * at all: making them again is cheaper than their memory.
 */
export type LayerActivations = AttentionActivations &
  MlpActivations & {
    /** x̂ before and after each block, float32 [N, E] with divisors [N, 1]; undefined where there is no such norm. */
    readonly attentionRows: NormalizedRows
    readonly mlpRows: NormalizedRows
    readonly attentionOutputRows: NormalizedRows | undefined
    readonly mlpOutputRows: NormalizedRows | undefined
  }

export interface LayerBlocks {
  readonly attentionNorm: RMSNorm
  readonly attention: Attention
  /** Norm of what attention adds to the residual stream. */
  readonly attentionOutputNorm?: RMSNorm | undefined
  readonly mlpNorm: RMSNorm
  readonly mlp: Mlp
  /** Norm of what the feed-forward block adds. */
  readonly mlpOutputNorm?: RMSNorm | undefined
  /** Which tables the layer takes: an index of its stack's kinds. */
  readonly attentionKind: number
}

/**
 * One layer of a decoder. A pure function of its inputs and parameter values.
 *
 *     h = x + norm(attention(norm(x))),   y = h + norm(mlp(norm(h)))      outer norms where the architecture has them
 */
export class DecoderLayer {
  constructor(readonly blocks: LayerBlocks) {}

  get attentionKind(): number {
    return this.blocks.attentionKind
  }

  /** @param x float32 [N, E] @returns y, float32 [N, E], owned by the open scope */
  forward(context: RunContext, x: Tensor, tables: SequenceTables): Tensor {
    return this.decode(context, x, tables).output
  }

  /** As `forward`, after what is cached; also returns the keys and values to cache. */
  decode(
    context: RunContext,
    x: Tensor,
    tables: SequenceTables,
    cached?: CachedKeyValue,
  ): { output: Tensor; key: Tensor; value: Tensor } {
    const { ops } = context
    const { attentionNorm, attention, attentionOutputNorm, mlpNorm, mlp, mlpOutputNorm } = this.blocks
    return ops.scope(() => {
      const [h, key, value] = ops.scope(() => {
        const weighed = attentionNorm.forward(context, x, attention.dtype)
        const saved = attention.decode(context, weighed, tables, cached)
        ops.free(weighed)
        const added = attention.project(context, saved.attended)
        return [
          ops.add(x, attentionOutputNorm?.forward(context, added) ?? added),
          saved.key,
          saved.value,
        ] as const
      })
      const added = ops.scope(() => {
        const activations = mlp.expand(context, mlpNorm.forward(context, h, mlp.dtype))
        const contracted = mlp.contract(context, activations)
        return mlpOutputNorm?.forward(context, contracted) ?? contracted
      })
      return { output: ops.add(h, added), key, value }
    })
  }

  /**
   * Forward pass that keeps what `backward` needs.
   *
   * @param wanted `output` false skips what only the output needs: a checkpointed layer runs again for its activations
   * @returns owned by the open scope
   */
  forwardForBackward(
    context: RunContext,
    x: Tensor,
    tables: SequenceTables,
    wanted: { output: boolean; probabilities: boolean },
  ): { output: Tensor | undefined; activations: LayerActivations } {
    const { ops } = context
    const { attentionNorm, attention, attentionOutputNorm, mlpNorm, mlp, mlpOutputNorm } = this.blocks
    return ops.scope(() => {
      const { y: normedX, rows: attentionRows } = attentionNorm.normalize(context, x, attention.dtype)
      const attended = attention.attend(context, normedX, tables, { keepProbabilities: wanted.probabilities })
      ops.free(normedX)
      const { h, attentionOutputRows } = ops.scope(() => {
        const added = normed(context, attention.project(context, attended.attended), attentionOutputNorm)
        return { h: ops.add(x, added.y), attentionOutputRows: added.rows }
      })
      const { y: normedH, rows: mlpRows } = mlpNorm.normalize(context, h, mlp.dtype)
      const expanded = mlp.expand(context, normedH)
      ops.free(normedH)
      const { output, mlpOutputRows } = ops.scope(() => {
        if (!wanted.output && mlpOutputNorm === undefined)
          return { output: undefined, mlpOutputRows: undefined }
        const added = normed(context, mlp.contract(context, expanded), mlpOutputNorm)
        return { output: wanted.output ? ops.add(h, added.y) : undefined, mlpOutputRows: added.rows }
      })
      ops.free(h)
      const rows = { attentionRows, mlpRows, attentionOutputRows, mlpOutputRows }
      return { output, activations: { ...attended, ...expanded, ...rows } }
    })
  }

  /**
   * @param dy gradient of y, float32 [N, E]
   * @returns gradient of x, owned by the open scope, or undefined; parameters' gradients go to `sink`
   */
  backward(
    context: RunContext,
    dy: Tensor,
    saved: LayerActivations,
    tables: SequenceTables,
    needInputGradient: boolean,
    sink: GradientSink,
  ): Tensor | undefined {
    const { ops } = context
    const { attentionNorm, attention, attentionOutputNorm } = this.blocks
    return ops.scope(() => {
      const dh = this.backwardOfMlp(context, dy, saved, sink)
      const dNormed = ops.scope(() => {
        const dAdded = throughNorm(context, dh, attentionOutputNorm, saved.attentionOutputRows, sink)
        const x = attentionNorm.weigh(context, saved.attentionRows.normalized, attention.dtype)
        const wanted = needInputGradient || attentionNorm.weight.trainable
        return attention.backward(context, x, dAdded, saved, tables, wanted, sink)
      })
      if (dNormed === undefined) return undefined
      if (!needInputGradient) {
        attentionNorm.backwardOfWeight(context, dNormed, saved.attentionRows, sink)
        return undefined
      }
      return attentionNorm.backward(context, dNormed, saved.attentionRows, sink, dh)
    })
  }

  /** Gradient of h, the residual stream between the two blocks. */
  private backwardOfMlp(
    context: RunContext,
    dy: Tensor,
    saved: LayerActivations,
    sink: GradientSink,
  ): Tensor {
    const { ops } = context
    const { mlpNorm, mlp, mlpOutputNorm } = this.blocks
    return ops.scope(() => {
      const dAdded = throughNorm(context, dy, mlpOutputNorm, saved.mlpOutputRows, sink)
      const x = mlpNorm.weigh(context, saved.mlpRows.normalized, mlp.dtype)
      const dNormed = mlp.backward(context, x, dAdded, saved, sink)
      ops.free(x)
      return mlpNorm.backward(context, dNormed, saved.mlpRows, sink, dy)
    })
  }

  /** Names all that a recorded run depends on besides shapes; undefined when a run must not be recorded. */
  traceKey(context: RunContext): string | undefined {
    const { attention, mlp } = this.blocks
    const linearKeys = this.linears().map((linear) => linear.traceKey(context))
    if (linearKeys.includes(undefined)) return undefined
    const norms = this.norms().map((norm) => norm?.traceKey() ?? 'none')
    const rule = `${attention.inputs.blocks};${attention.softCap ?? 'uncapped'};${mlp.activation}`
    return [...norms, rule, ...linearKeys].join(';')
  }

  /** This layer with each adapter merged into its weight, which stays the adapted Linear's. */
  forDecoding(ops: Ops): DecoderLayer {
    const { attention, mlp } = this.blocks
    const merged = (linear: Linear): Linear => linear.forDecoding?.(ops) ?? linear
    return new DecoderLayer({
      ...this.blocks,
      attention: new Attention({
        ...attention,
        inputs: attention.inputs.map(merged),
        output: merged(attention.output),
      }),
      mlp: new Mlp(mlp.expansion.map(merged), merged(mlp.down), mlp.activation),
    })
  }

  /** Frees what `forDecoding` keeps. */
  endDecoding(ops: Ops): void {
    for (const linear of this.linears()) linear.endDecoding?.(ops)
  }

  /** Unpacks every weight once, until `releaseWeights`. */
  holdWeights(ops: Ops): void {
    for (const linear of this.linears()) linear.holdWeight(ops)
  }

  releaseWeights(ops: Ops): void {
    for (const linear of this.linears()) linear.releaseWeight(ops)
  }

  linears(): Linear[] {
    const { attention, mlp } = this.blocks
    return [...attention.inputs.linears, attention.output, ...mlp.expansion.linears, mlp.down]
  }

  /** Puts `linear` in the place of the one with the same path. @returns whether this layer has such a path */
  replaceLinear(linear: Linear): boolean {
    const { attention, mlp } = this.blocks
    for (const { linears } of [attention.inputs, mlp.expansion]) {
      const index = linears.findIndex(({ path }) => path === linear.path)
      if (index >= 0) linears[index] = linear
    }
    if (attention.output.path === linear.path) attention.output = linear
    if (mlp.down.path === linear.path) mlp.down = linear
    return this.linears().includes(linear)
  }

  /** Every parameter, in a stable order. */
  parameters(): Parameter[] {
    const weights = this.norms().flatMap((norm) => norm?.weight ?? [])
    return [...weights, ...this.linears().flatMap((linear) => linear.parameters())]
  }

  /** In a stable order; undefined where there is no such norm. */
  norms(): (RMSNorm | undefined)[] {
    const { attentionNorm, attention, attentionOutputNorm, mlpNorm, mlpOutputNorm } = this.blocks
    const { queryNorm, keyNorm } = attention
    return [attentionNorm, queryNorm, keyNorm, attentionOutputNorm, mlpNorm, mlpOutputNorm]
  }
}

/** What a block adds to the residual stream, after its norm where there is one; owned by the open scope. */
function normed(
  context: RunContext,
  x: Tensor,
  norm: RMSNorm | undefined,
): { y: Tensor; rows: NormalizedRows | undefined } {
  if (norm === undefined) return { y: x, rows: undefined }
  const normalized = norm.normalize(context, x)
  context.ops.free(x)
  return normalized
}

/** Gradient of a norm's input; `dy` itself where there is no norm. */
function throughNorm(
  context: RunContext,
  dy: Tensor,
  norm: RMSNorm | undefined,
  rows: NormalizedRows | undefined,
  sink: GradientSink,
): Tensor {
  return norm === undefined || rows === undefined ? dy : norm.backward(context, dy, rows, sink)
}
