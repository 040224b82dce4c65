import { attention, attentionBackward } from '../../tensors/fused/attention.js'
import type { HeadMajorQKV, ScoreRule } from '../../tensors/kernel-ops.js'
import type { Ops, Tensor } from '../../tensors/ops.js'
import type { SequenceTables } from './sequence-tables.js'

/** What decides the scores besides queries and keys. */
export interface AttentionRule {
  readonly tables: Pick<SequenceTables, 'chunks' | 'seenRuns'>
  readonly softCap: number | undefined
}

/** Attended values, and what the road that made them kept for its backward pass. */
export type Attended = {
  /** [H, B, T, D] in the inputs' dtype. */
  readonly attended: Tensor
  /** Per query chunk, or none: then they are computed again. */
  readonly probabilities: readonly Tensor[]
  /** Of the device's fused kernel, float32 [B, H, T]; undefined where chunks were computed. */
  readonly statistics: Tensor | undefined
}

/**
 * Attention in the device's fused kernel where it has one for this rule, else in chunks.
 *
 * @param keepProbabilities of chunks; the kernel keeps no score
 * @returns owned by the open scope
 */
export function attendAlongRoad(
  ops: Ops,
  inputs: HeadMajorQKV,
  rule: AttentionRule,
  keepProbabilities: boolean,
): Attended {
  const scores = scoreRule(rule)
  const fused = scores === undefined ? undefined : ops.fusedAttention?.forward(inputs, scores)
  if (fused !== undefined) return { ...fused, probabilities: [] }
  const { tables, softCap } = rule
  const { chunks } = tables
  return { ...attention(ops, inputs, { chunks, softCap }, keepProbabilities), statistics: undefined }
}

/**
 * Gradients of `attendAlongRoad`. What the kernel attended may go back through chunks, but not the other way round.
 *
 * @param dAttended [H, B, T, D] in the inputs' dtype
 * @returns [H, B, T, D], [K, B, S, D] and [K, B, S, D], owned by the open scope
 */
export function attendBackwardAlongRoad(
  ops: Ops,
  saved: HeadMajorQKV & Attended,
  dAttended: Tensor,
  rule: AttentionRule,
): { dQuery: Tensor; dKey: Tensor; dValue: Tensor } {
  const { attended, statistics } = saved
  const scores = scoreRule(rule)
  if (statistics !== undefined && scores !== undefined) {
    const fused = ops.fusedAttention?.backward(saved, { attended, statistics }, dAttended, scores)
    if (fused !== undefined) return fused
  }
  const { tables, softCap } = rule
  return attentionBackward(ops, saved, saved, dAttended, { chunks: tables.chunks, softCap })
}

function scoreRule({ tables: { seenRuns }, softCap }: AttentionRule): ScoreRule | undefined {
  return seenRuns === undefined ? undefined : { firstKeys: seenRuns.firstKeys, softCap }
}
