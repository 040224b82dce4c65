import { MedtuneError } from '../../errors.js'
import type { Ops, Tensor } from '../ops.js'
import type { QueryChunk } from './query-chunks.js'
import { capped, capSlope } from './soft-cap.js'

/**
 * Head-major queries, keys and values. Query heads h = k·rep … k·rep + rep − 1 share key/value head k (grouped-query
 * attention), by broadcasting: keys are never repeated in memory.
 */
export interface AttentionInputs {
  /** float32 [H, B, T, D], scaled by 1/√D beforehand (the rotary table carries the factor). */
  readonly query: Tensor
  /** float32 [K, B, S, D]. */
  readonly key: Tensor
  /** float32 [K, B, S, D]. */
  readonly value: Tensor
}

/** Result of `attention`; `probabilities` holds one tensor [K, rep, B, chunk, keyCount] per chunk, or none. */
export interface AttentionOutputs {
  /** float32 [H, B, T, D]. */
  readonly attended: Tensor
  readonly probabilities: readonly Tensor[]
}

/** What decides the scores besides queries and keys. */
export interface AttentionRule {
  /** From `causalChunks`, covering all T queries. */
  readonly chunks: readonly QueryChunk[]
  /** c: scores s become c · tanh(s / c) before the mask. */
  readonly softCap?: number | undefined
}

interface Sizes {
  readonly heads: number
  readonly groups: number
  readonly repeat: number
  readonly batch: number
  readonly queries: number
  readonly keys: number
  readonly width: number
}

/**
 * Causal attention in chunks of queries: the whole score matrix never exists and keys after a chunk are skipped.
 *
 *     P = softmax(cap(Q Kᵀ) + mask),   O = P V
 *
 * @param keepProbabilities whether P is returned for the backward pass, which otherwise computes it again
 * @returns tensors owned by the open scope
 * @see Rabe & Staats, "Self-attention Does Not Need O(n²) Memory" (2021); Ainslie et al., "GQA" (2023)
 */
export function attention(
  ops: Ops,
  inputs: AttentionInputs,
  { chunks, softCap }: AttentionRule,
  keepProbabilities: boolean,
): AttentionOutputs {
  const sizes = sizesOf(inputs)
  const { heads, batch, queries, width } = sizes
  return ops.scope(() => {
    const parts: Tensor[] = []
    const probabilities: Tensor[] = []
    for (const chunk of chunks) {
      const part = ops.scope(() => {
        const p = ops.scope(() => {
          const scores = chunkScores(ops, inputs, { chunk, sizes, softCap })
          return probabilitiesOf(ops, scores, chunk)
        })
        const out = ops.matmul(p, keysOf(ops, inputs.value, chunk, sizes)) // [K, rep, B, c, D]
        return { out, p: keepProbabilities ? p : undefined }
      })
      parts.push(part.out)
      if (part.p !== undefined) probabilities.push(part.p)
    }
    const joined = joinChunks(ops, parts)
    return { attended: ops.reshape(joined, [heads, batch, queries, width]) /* [H, B, T, D] */, probabilities }
  })
}

/**
 * Gradients of `attention`.
 *
 *     dV = Pᵀ dO,   dS = P · (dO Vᵀ − Σ_d dO · O) · cap'(S),   dQ = dS K,   dK = dSᵀ Q
 *
 * @param outputs what the forward pass returned; without probabilities they are computed again
 * @param dAttended gradient of the output, float32 [H, B, T, D]
 * @returns gradients with the shapes of the inputs, owned by the open scope; that of the query is with respect to the scaled one
 * @see Dao et al., "FlashAttention" (2022), appendix B.2, for Σ_d dO · O
 */
export function attentionBackward(
  ops: Ops,
  inputs: AttentionInputs,
  outputs: AttentionOutputs,
  dAttended: Tensor,
  { chunks, softCap }: AttentionRule,
): { dQuery: Tensor; dKey: Tensor; dValue: Tensor } {
  const sizes = sizesOf(inputs)
  const { heads, batch, queries, width } = sizes
  return ops.scope(() => {
    const rowSums = ops.scope(() => ops.sum(ops.mul(dAttended, outputs.attended), [-1], true)) // [H, B, T, 1]
    const gradients = chunks.map((chunk, index) =>
      ops.scope(() => {
        const kept = outputs.probabilities[index]
        return chunkBackward(ops, { inputs, dAttended, rowSums, kept, chunk, sizes, softCap })
      }),
    )
    ops.free(rowSums)
    const dQuery = joinChunks(
      ops,
      gradients.map((gradient) => gradient.dQuery),
    )
    return {
      dQuery: ops.reshape(dQuery, [heads, batch, queries, width]), // [H, B, T, D]
      dKey: sumChunks(
        ops,
        gradients.map((gradient) => gradient.dKey),
      ),
      dValue: sumChunks(
        ops,
        gradients.map((gradient) => gradient.dValue),
      ),
    }
  })
}

interface ChunkBackward {
  readonly inputs: AttentionInputs
  readonly dAttended: Tensor
  readonly rowSums: Tensor
  /** Probabilities of the forward pass, or undefined. */
  readonly kept: Tensor | undefined
  readonly chunk: QueryChunk
  readonly sizes: Sizes
  readonly softCap: number | undefined
}

function chunkBackward(ops: Ops, args: ChunkBackward): { dQuery: Tensor; dKey: Tensor; dValue: Tensor } {
  const { inputs, chunk, sizes } = args
  const { p, slope } = probabilitiesAndSlope(ops, args)
  const query = queriesOf(ops, inputs.query, chunk, sizes)
  const dOut = queriesOf(ops, args.dAttended, chunk, sizes)
  const rowSums = queriesOf(ops, args.rowSums, chunk, sizes)
  const dValue = sumOverRepeats(ops, ops.matmul(p, dOut, { transposeA: true }), chunk, sizes)
  const dScores = ops.scope(() => {
    const dP = ops.matmul(dOut, keysOf(ops, inputs.value, chunk, sizes), { transposeB: true }) // [K, rep, B, c, e]
    const centred = ops.sub(dP, rowSums)
    ops.free(dP)
    const dCapped = ops.mul(p, centred)
    return slope === undefined ? dCapped : ops.mul(dCapped, slope)
  })
  const dQuery = ops.matmul(dScores, keysOf(ops, inputs.key, chunk, sizes)) // [K, rep, B, c, D]
  const dKey = sumOverRepeats(ops, ops.matmul(dScores, query, { transposeA: true }), chunk, sizes)
  return { dQuery, dKey, dValue }
}

/** P of one chunk, kept or made again, and the slope of the soft cap, float32 [K, rep, B, c, e] each. */
function probabilitiesAndSlope(ops: Ops, args: ChunkBackward): { p: Tensor; slope: Tensor | undefined } {
  const { inputs, kept, chunk, softCap } = args
  if (kept !== undefined && softCap === undefined) return { p: kept, slope: undefined }
  return ops.scope(() => {
    const scores = chunkScores(ops, inputs, args)
    const p = kept ?? probabilitiesOf(ops, scores, chunk)
    return { p, slope: softCap === undefined ? undefined : capSlope(ops, scores, softCap) }
  })
}

/** One chunk's scores after the soft cap and before the mask, float32 [K, rep, B, c, e]. */
function chunkScores(
  ops: Ops,
  inputs: AttentionInputs,
  { chunk, sizes, softCap }: Pick<ChunkBackward, 'chunk' | 'sizes' | 'softCap'>,
): Tensor {
  return ops.scope(() => {
    const query = queriesOf(ops, inputs.query, chunk, sizes)
    const key = keysOf(ops, inputs.key, chunk, sizes)
    const scores = ops.matmul(query, key, { transposeB: true }) // [K, rep, B, c, e]
    return softCap === undefined ? scores : capped(ops, scores, softCap)
  })
}

function probabilitiesOf(ops: Ops, scores: Tensor, { mask }: QueryChunk): Tensor {
  return mask === undefined ? ops.softmax(scores) : ops.maskedSoftmax(scores, mask)
}

/** Rows begin … end of a tensor [H, B, T, W], grouped by key head: [K, rep, B, c, W]. */
function queriesOf(ops: Ops, x: Tensor, chunk: QueryChunk, sizes: Sizes): Tensor {
  const { heads, groups, repeat, batch, queries } = sizes
  const width = x.shape[3] ?? 0
  const count = chunk.end - chunk.begin
  const rows = count === queries ? x : ops.slice(x, [0, 0, chunk.begin, 0], [heads, batch, count, width])
  return ops.reshape(rows, [groups, repeat, batch, count, width]) // [K, rep, B, c, W]
}

/** The keys or values [K, B, S, D] that a chunk sees: [K, 1, B, e, D]. */
function keysOf(ops: Ops, x: Tensor, { keyBegin, keyEnd }: QueryChunk, sizes: Sizes): Tensor {
  const { groups, batch, keys, width } = sizes
  const keyCount = keyEnd - keyBegin
  const seen = keyCount === keys ? x : ops.slice(x, [0, 0, keyBegin, 0], [groups, batch, keyCount, width])
  return ops.reshape(seen, [groups, 1, batch, keyCount, width]) // [K, 1, B, e, D]
}

/** Sums [K, rep, B, e, D] over the queries' heads that share a key head, and adds zeros for unseen keys: [K, B, S, D]. */
function sumOverRepeats(ops: Ops, x: Tensor, chunk: QueryChunk, sizes: Sizes): Tensor {
  const summed = ops.sum(x, [1]) // [K, B, e, D]
  ops.free(x)
  const [before, after] = [chunk.keyBegin, sizes.keys - chunk.keyEnd]
  if (before + after === 0) return summed
  return ops.pad(summed, [
    [0, 0],
    [0, 0],
    [before, after],
    [0, 0],
  ])
}

/** Chunks [K, rep, B, c, D] → [K, rep, B, T, D]. */
function joinChunks(ops: Ops, parts: readonly Tensor[]): Tensor {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const joined = ops.concat(parts, 3)
  ops.free(...parts)
  return joined
}

function sumChunks(ops: Ops, parts: readonly Tensor[]): Tensor {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const sum = ops.addN(parts)
  ops.free(...parts)
  return sum
}

function sizesOf({ query, key }: AttentionInputs): Sizes {
  const [heads = 0, batch = 0, queries = 0, width = 0] = query.shape
  const [groups = 0, , keys = 0] = key.shape
  if (groups === 0 || heads % groups !== 0) {
    throw new MedtuneError(
      'INTERNAL',
      `attention needs query heads divisible by key heads; got ${query.shape} and ${key.shape}.`,
    )
  }
  return { heads, groups, repeat: heads / groups, batch, queries, keys, width }
}
