import { attention, attentionBackward } from '../../tensors/fused/attention.js'
import type { Ops, Tensor } from '../../tensors/ops.js'
import type { GradientSink, RunContext } from '../parameter.js'
import type { Linear } from './linear.js'
import type { SequenceTables } from './sequence-tables.js'

/** What the backward pass of attention needs. */
export type AttentionActivations = {
  /** Rotated and scaled, float32 [H, B, T, D]. */
  readonly query: Tensor
  /** Rotated, float32 [K, B, S, D]. */
  readonly key: Tensor
  /** float32 [K, B, S, D]. */
  readonly value: Tensor
  /** Before the output projection, float32 [H, B, T, D]. */
  readonly attended: Tensor
  /** Per query chunk, or none: then they are computed again. */
  readonly probabilities: readonly Tensor[]
}

/** Keys and values of the tokens before, float32 [K, B, S, D] each. */
export type CachedKeyValue = { readonly key: Tensor; readonly value: Tensor }

/** Multi-head self-attention with rotary positions and grouped key/value heads. */
export class Attention {
  /** The four projections; an adapter takes the place of one. */
  readonly linears: Record<'query' | 'key' | 'value' | 'output', Linear>

  constructor(
    linears: Record<'query' | 'key' | 'value' | 'output', Linear>,
    /** H */
    readonly heads: number,
    /** K */
    readonly keyValueHeads: number,
  ) {
    this.linears = linears
  }

  /**
   * Everything up to the output projection.
   *
   * @param x float32 [N, E]
   * @param cached what to attend to before the new tokens; the returned key and value include it
   * @returns owned by the open scope
   */
  attend(
    context: RunContext,
    x: Tensor,
    tables: SequenceTables,
    options: { keepProbabilities: boolean; cached?: CachedKeyValue | undefined },
  ): AttentionActivations {
    const { ops } = context
    const { query: toQuery, key: toKey, value: toValue } = this.linears
    return ops.scope(() => {
      const query = ops.scope(() =>
        ops.rotary(this.headMajor(context, toQuery, this.heads, x, tables), tables.query),
      )
      const newKey = ops.scope(() =>
        ops.rotary(this.headMajor(context, toKey, this.keyValueHeads, x, tables), tables.key),
      )
      const newValue = this.headMajor(context, toValue, this.keyValueHeads, x, tables)
      const key = withCached(ops, options.cached?.key, newKey, tables.slot)
      const value = withCached(ops, options.cached?.value, newValue, tables.slot)
      const { attended, probabilities } = attention(
        ops,
        { query, key, value },
        tables.chunks,
        options.keepProbabilities,
      )
      return { query, key, value, attended, probabilities }
    })
  }

  /** Attended values through the output projection: float32 [H, B, T, D] → [N, E], owned by the open scope. */
  project(context: RunContext, attended: Tensor): Tensor {
    return context.ops.scope(() => this.linears.output.forward(context, tokenMajor(context.ops, attended)))
  }

  /**
   * @param x the input of `attend`
   * @param dy gradient of the projected output, float32 [N, E]
   * @returns gradient of x, float32 [N, E], owned by the open scope, or undefined; parameters' gradients go to `sink`
   */
  backward(
    context: RunContext,
    x: Tensor,
    dy: Tensor,
    saved: AttentionActivations,
    tables: SequenceTables,
    needInputGradient: boolean,
    sink: GradientSink,
  ): Tensor | undefined {
    const { ops } = context
    return ops.scope(() => {
      const [dQuery, dKey, dValue] = ops.scope(() => {
        const dAttended = this.backwardOfOutput(context, dy, saved, sink)
        return this.backwardOfAttend(context.ops, dAttended, saved, tables)
      })
      const { query, key, value } = this.linears
      const parts: Tensor[] = []
      for (const [linear, gradient] of [
        [query, dQuery],
        [key, dKey],
        [value, dValue],
      ] as const) {
        const part = linear.backward(context, x, gradient, needInputGradient, sink)
        ops.free(gradient)
        if (part !== undefined) parts.push(part)
      }
      return needInputGradient ? ops.addN(parts) : undefined
    })
  }

  /** Gradient of the attended values, float32 [H, B, T, D]. */
  private backwardOfOutput(
    context: RunContext,
    dy: Tensor,
    { attended }: AttentionActivations,
    sink: GradientSink,
  ): Tensor {
    const { ops } = context
    const [heads = 0, batch = 0, length = 0, width = 0] = attended.shape
    return ops.scope(() => {
      const x = tokenMajor(ops, attended) // [N, H·D]
      const dx = this.linears.output.backward(context, x, dy, true, sink) as Tensor
      const perHead = ops.reshape(dx, [batch, length, heads, width]) // [B, T, H, D]
      return ops.transpose(perHead, [2, 0, 1, 3]) // [H, B, T, D]
    })
  }

  /** Gradients of the three projections' outputs, float32 [N, heads·D] each. */
  private backwardOfAttend(
    ops: Ops,
    dAttended: Tensor,
    saved: AttentionActivations,
    tables: SequenceTables,
  ): [Tensor, Tensor, Tensor] {
    const { dQuery, dKey, dValue } = attentionBackward(ops, saved, saved, dAttended, tables.chunks)
    ops.free(dAttended)
    return [
      ops.scope(() => tokenMajor(ops, ops.rotary(dQuery, tables.query, { inverse: true }))), // [N, H·D]
      ops.scope(() => tokenMajor(ops, ops.rotary(dKey, tables.key, { inverse: true }))), // [N, K·D]
      tokenMajor(ops, dValue), // [N, K·D]
    ]
  }

  /** One projection with its heads first: float32 [heads, B, T, D]. */
  private headMajor(
    context: RunContext,
    linear: Linear,
    heads: number,
    x: Tensor,
    { batchSize, length }: SequenceTables,
  ): Tensor {
    const { ops } = context
    return ops.scope(() => {
      const y = linear.forward(context, x, heads) // [heads, N, D]
      return ops.reshape(y, [heads, batchSize, length, linear.outFeatures / heads]) // [heads, B, T, D]
    })
  }
}

/** New keys or values behind the cached ones, or the one new row written at `slot`, where the cache holds zeros. */
function withCached(ops: Ops, cached: Tensor | undefined, added: Tensor, slot: Tensor | undefined): Tensor {
  if (cached === undefined) return added
  if (slot === undefined) return ops.concat([cached, added], 2) // [K, B, S, D]
  return ops.scope(() => ops.add(cached, ops.mul(slot, added))) // [K, B, C, D]
}

/** Head-major [heads, B, T, D] → rows of tokens [N, heads·D]. */
function tokenMajor(ops: Ops, x: Tensor): Tensor {
  const [heads = 0, batch = 0, length = 0, width = 0] = x.shape
  return ops.scope(() => {
    const tokensFirst = ops.transpose(x, [1, 2, 0, 3]) // [B, T, heads, D]
    return ops.reshape(tokensFirst, [batch * length, heads * width]) // [N, heads·D]
  })
}
