import { attention, attentionBackward } from '../../tensors/fused/attention.js'
import type { NormalizedRows } from '../../tensors/fused/rms-norm.js'
import type { Ops, RotaryTable, Tensor } from '../../tensors/ops.js'
import type { GradientSink, RunContext } from '../parameter.js'
import type { Linear } from './linear.js'
import type { Projections } from './projections.js'
import type { RMSNorm } from './rms-norm.js'
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
  /** x̂ of the norms of queries and keys, where there are such norms: float32 [heads, B, T, D]. */
  readonly queryRows: NormalizedRows | undefined
  readonly keyRows: NormalizedRows | undefined
}

/** Keys and values of the tokens before, float32 [K, B, S, D] each. */
export type CachedKeyValue = { readonly key: Tensor; readonly value: Tensor }

export interface AttentionParts {
  /** Queries (H heads), keys (K) and values (K), in this order. */
  readonly inputs: Projections
  readonly output: Linear
  /** Norms of each head's query and key before rotation, weights float32 [D] in the heads' row order. */
  readonly queryNorm?: RMSNorm | undefined
  readonly keyNorm?: RMSNorm | undefined
  /** Soft cap of the scores. */
  readonly softCap?: number | undefined
}

/** Multi-head self-attention with rotary positions and grouped key/value heads. */
export class Attention {
  readonly inputs: Projections
  output: Linear
  readonly queryNorm: RMSNorm | undefined
  readonly keyNorm: RMSNorm | undefined
  readonly softCap: number | undefined

  constructor({ inputs, output, queryNorm, keyNorm, softCap }: AttentionParts) {
    this.inputs = inputs
    this.output = output
    this.queryNorm = queryNorm
    this.keyNorm = keyNorm
    this.softCap = softCap
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
    return ops.scope(() => {
      const projected = this.inputs.forward(context, x)
      const [toQuery, toKey, newValue] = projected.map((part, i) =>
        headMajor(ops, part, this.inputs.blocks[i] ?? 1, tables),
      ) as [Tensor, Tensor, Tensor]
      const queries = this.rotated(context, toQuery, this.queryNorm, tables.query)
      const keys = this.rotated(context, toKey, this.keyNorm, tables.key)
      ops.free(...projected, toQuery, toKey)
      const key = withCached(ops, options.cached?.key, keys.rotated, tables.slot)
      const value = withCached(ops, options.cached?.value, newValue, tables.slot)
      const { attended, probabilities } = attention(
        ops,
        { query: queries.rotated, key, value },
        { chunks: tables.chunks, softCap: this.softCap },
        options.keepProbabilities,
      )
      const rows = { queryRows: queries.rows, keyRows: keys.rows }
      return { query: queries.rotated, key, value, attended, probabilities, ...rows }
    })
  }

  /** Attended values through the output projection: float32 [H, B, T, D] → [N, E], owned by the open scope. */
  project(context: RunContext, attended: Tensor): Tensor {
    return context.ops.scope(() => this.output.forward(context, tokenMajor(context.ops, attended)))
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
      const gradients = ops.scope(() => {
        const dAttended = this.backwardOfOutput(context, dy, saved, sink)
        return this.backwardOfAttend(context, dAttended, saved, tables, sink)
      })
      return this.inputs.backward(context, x, gradients, needInputGradient, sink)
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
      const dx = this.output.backward(context, x, dy, true, sink) as Tensor
      const perHead = ops.reshape(dx, [batch, length, heads, width]) // [B, T, H, D]
      return ops.transpose(perHead, [2, 0, 1, 3]) // [H, B, T, D]
    })
  }

  /** Gradients of the three projections' outputs, float32 [N, heads·D] each; frees `dAttended`. */
  private backwardOfAttend(
    context: RunContext,
    dAttended: Tensor,
    saved: AttentionActivations,
    tables: SequenceTables,
    sink: GradientSink,
  ): Tensor[] {
    const { ops } = context
    const rule = { chunks: tables.chunks, softCap: this.softCap }
    const { dQuery, dKey, dValue } = attentionBackward(ops, saved, saved, dAttended, rule)
    ops.free(dAttended)
    const turnedBack = (
      gradient: Tensor,
      table: RotaryTable,
      norm: RMSNorm | undefined,
      rows: NormalizedRows | undefined,
    ): Tensor =>
      ops.scope(() => {
        const dNormed = ops.rotary(gradient, table, { inverse: true })
        if (norm === undefined || rows === undefined) return tokenMajor(ops, dNormed)
        return tokenMajor(ops, norm.backward(context, dNormed, rows, sink))
      })
    return [
      turnedBack(dQuery, tables.query, this.queryNorm, saved.queryRows), // [N, H·D]
      turnedBack(dKey, tables.key, this.keyNorm, saved.keyRows), // [N, K·D]
      tokenMajor(ops, dValue), // [N, K·D]
    ]
  }

  /** Queries or keys after their norm and rotation, float32 [heads, B, T, D], and x̂ of the norm. */
  private rotated(
    context: RunContext,
    x: Tensor,
    norm: RMSNorm | undefined,
    table: RotaryTable,
  ): { rotated: Tensor; rows: NormalizedRows | undefined } {
    const { ops } = context
    return ops.scope(() => {
      if (norm === undefined) return { rotated: ops.rotary(x, table), rows: undefined }
      const rows = norm.normalize(context, x)
      return { rotated: ops.rotary(norm.weigh(context, rows.normalized), table), rows }
    })
  }
}

/** One projection [heads, N, D] (or [N, D]) as float32 [heads, B, T, D]. */
function headMajor(ops: Ops, y: Tensor, heads: number, { batchSize, length }: SequenceTables): Tensor {
  return ops.reshape(y, [heads, batchSize, length, y.shape.at(-1) ?? 0])
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
