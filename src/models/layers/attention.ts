import { asDtype } from '../../tensors/fused/as-dtype.js'
import { manyRowOps } from '../../tensors/fused/many-rows.js'
import type { NormalizedRows } from '../../tensors/fused/rms-norm.js'
import type { FewRowOps } from '../../tensors/kernel-ops.js'
import type { Ops, RotaryTable, Tensor, TensorDtype } from '../../tensors/ops.js'
import type { GradientSink, RunContext } from '../parameter.js'
import { type Attended, attendAlongRoad, attendBackwardAlongRoad } from './attention-road.js'
import type { Linear } from './linear.js'
import type { Projections } from './projections.js'
import type { RMSNorm } from './rms-norm.js'
import type { SequenceTables } from './sequence-tables.js'

/** What the backward pass of attention needs. */
export type AttentionActivations = Attended & {
  /** Rotated and scaled, [H, B, T, D]; this and the others in the projections' dtype. */
  readonly query: Tensor
  /** Rotated, [K, B, S, D]. */
  readonly key: Tensor
  /** [K, B, S, D]. */
  readonly value: Tensor
  /** x̂ of the norms of queries and keys, where there are such norms: float32 [heads, B, T, D]. */
  readonly queryRows: NormalizedRows | undefined
  readonly keyRows: NormalizedRows | undefined
}

/** Keys and values of the tokens before, [K, B, S, D] each, in the projections' dtype. */
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

  /** What the block's input comes in. */
  get dtype(): TensorDtype {
    return this.inputs.dtype
  }

  /**
   * Everything up to the output projection.
   *
   * @param x [N, E] in `dtype`
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
      const inputs = { query: queries.rotated, key, value }
      const rule = { tables, softCap: this.softCap }
      const attended = attendAlongRoad(ops, inputs, rule, options.keepProbabilities)
      return { ...inputs, ...attended, queryRows: queries.rows, keyRows: keys.rows }
    })
  }

  /**
   * `attend` without anything for a backward pass.
   *
   * @returns attended values [H, B, T, D] and what to cache from now on, owned by the open scope; the cached handles
   *   themselves where the new rows were written into them
   */
  decode(
    context: RunContext,
    x: Tensor,
    tables: SequenceTables,
    cached: CachedKeyValue | undefined,
  ): { attended: Tensor } & CachedKeyValue {
    const { ops } = context
    const { place } = tables
    if (place !== undefined && cached !== undefined && ops.fewRows !== undefined) {
      return { attended: this.attendOne(context, ops.fewRows, x, tables, { cached, place }), ...cached }
    }
    return ops.scope(() => {
      const { attended, key, value } = this.attend(context, x, tables, { keepProbabilities: false, cached })
      return { attended, key, value }
    })
  }

  /**
   * `attend` for one token after others, in one operation: its key and value are written into the caches.
   *
   * @param place see `SequenceTables`
   * @returns attended values [H, 1, 1, D], owned by the open scope
   */
  private attendOne(
    context: RunContext,
    few: FewRowOps,
    x: Tensor,
    tables: SequenceTables,
    { cached, place }: { cached: CachedKeyValue; place: Tensor },
  ): Tensor {
    const { ops } = context
    return ops.scope(() => {
      const [query, key, value] = this.inputs
        .forward(context, x)
        .map((part, i) => headMajor(ops, part, this.inputs.blocks[i] ?? 1, tables)) as [
        Tensor,
        Tensor,
        Tensor,
      ]
      const normed = (rows: Tensor, norm: RMSNorm | undefined): Tensor =>
        norm === undefined ? rows : norm.forward(context, asDtype(ops, rows, 'float32'), 'float32', few)
      return few.attendOne({
        ...{ query: normed(query, this.queryNorm), key: normed(key, this.keyNorm), value },
        ...{ turns: tables, cached, place, softCap: this.softCap },
      })
    })
  }

  /** Attended values through the output projection: [H, B, T, D] → float32 [N, E], owned by the open scope. */
  project(context: RunContext, attended: Tensor): Tensor {
    const { ops } = context
    return ops.scope(() => {
      const x = asDtype(ops, tokenMajor(ops, attended), this.output.dtype)
      return asDtype(ops, this.output.forward(context, x), 'float32')
    })
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

  /** Gradient of the attended values, [H, B, T, D] in the attended values' dtype. */
  private backwardOfOutput(
    context: RunContext,
    dy: Tensor,
    { attended }: AttentionActivations,
    sink: GradientSink,
  ): Tensor {
    const { ops } = context
    const [heads = 0, batch = 0, length = 0, width = 0] = attended.shape
    return ops.scope(() => {
      const { dtype } = this.output
      const x = asDtype(ops, tokenMajor(ops, attended), dtype) // [N, H·D]
      const dx = this.output.backward(context, x, asDtype(ops, dy, dtype), true, sink) as Tensor
      const perHead = ops.reshape(asDtype(ops, dx, attended.dtype), [batch, length, heads, width]) // [B, T, H, D]
      return ops.transpose(perHead, [2, 0, 1, 3]) // [H, B, T, D]
    })
  }

  /** Gradients of the three projections' outputs, [N, heads·D] each in `dtype`; frees `dAttended`. */
  private backwardOfAttend(
    context: RunContext,
    dAttended: Tensor,
    saved: AttentionActivations,
    tables: SequenceTables,
    sink: GradientSink,
  ): Tensor[] {
    const { ops } = context
    const rule = { tables, softCap: this.softCap }
    const { dQuery, dKey, dValue } = attendBackwardAlongRoad(ops, saved, dAttended, rule)
    ops.free(dAttended)
    const turnedBack = (
      gradient: Tensor,
      table: RotaryTable,
      norm: RMSNorm | undefined,
      rows: NormalizedRows | undefined,
    ): Tensor =>
      ops.scope(() => {
        const many = norm === undefined ? manyRowOps(ops, gradient.dtype, this.dtype) : undefined
        if (many !== undefined) {
          const turned = many.rotary(gradient, table, { inverse: true, byToken: true, dtype: this.dtype }) // [B, T, heads, D]
          return joinHeads(ops, turned)
        }
        const dNormed = ops.rotary(asDtype(ops, gradient, 'float32'), table, { inverse: true })
        const dx =
          norm === undefined || rows === undefined ? dNormed : norm.backward(context, dNormed, rows, sink)
        return tokenMajor(ops, asDtype(ops, dx, this.dtype))
      })
    return [
      turnedBack(dQuery, tables.query, this.queryNorm, saved.queryRows), // [N, H·D]
      turnedBack(dKey, tables.key, this.keyNorm, saved.keyRows), // [N, K·D]
      tokenMajor(ops, asDtype(ops, dValue, this.dtype)), // [N, K·D]
    ]
  }

  /** Queries or keys after their norm and rotation, computed in float32: [heads, B, T, D] in `dtype`, and x̂ of the norm. */
  private rotated(
    context: RunContext,
    x: Tensor,
    norm: RMSNorm | undefined,
    table: RotaryTable,
  ): { rotated: Tensor; rows: NormalizedRows | undefined } {
    const { ops } = context
    const { dtype } = this
    return ops.scope(() => {
      const normed = norm?.normalize(context, asDtype(ops, x, 'float32'))
      const many = manyRowOps(ops, x.dtype, dtype)
      const rotated =
        many?.rotary(normed?.y ?? x, table, { inverse: false, byToken: false, dtype }) ??
        asDtype(ops, ops.rotary(normed?.y ?? asDtype(ops, x, 'float32'), table), dtype)
      return { rotated, rows: normed?.rows }
    })
  }
}

/** One projection [heads, N, D] (or [N, D]) as [heads, B, T, D]. */
function headMajor(ops: Ops, y: Tensor, heads: number, { batchSize, length }: SequenceTables): Tensor {
  return ops.reshape(y, [heads, batchSize, length, y.shape.at(-1) ?? 0])
}

/** New keys or values behind the cached ones, or the one new row written at `slot`, where the cache holds zeros. */
function withCached(ops: Ops, cached: Tensor | undefined, added: Tensor, slot: Tensor | undefined): Tensor {
  if (cached === undefined) return added
  return ops.scope(() => {
    // Rows may be cached in another dtype than that of this pass.
    const former = asDtype(ops, cached, added.dtype)
    if (slot === undefined) return ops.concat([former, added], 2) // [K, B, S, D]
    return ops.add(former, ops.mul(asDtype(ops, slot, added.dtype), added)) // [K, B, C, D]
  })
}

/** Head-major [heads, B, T, D] → rows of tokens [N, heads·D]. */
function tokenMajor(ops: Ops, x: Tensor): Tensor {
  return ops.scope(() => joinHeads(ops, ops.transpose(x, [1, 2, 0, 3])))
}

/** [B, T, heads, D] → [N, heads·D]. */
function joinHeads(ops: Ops, x: Tensor): Tensor {
  const [batch = 0, length = 0, heads = 0, width = 0] = x.shape
  return ops.reshape(x, [batch * length, heads * width]) // [N, heads·D]
}
