import { MedtuneError } from '../../errors.js'
import type { HeadMajorQKV } from '../kernel-ops.js'
import type { Ops, Tensor } from '../ops.js'
import { asDtype } from './as-dtype.js'
import type { QueryChunk } from './query-chunks.js'
import { capped, capSlope } from './soft-cap.js'

/** Result of `attention`, in the inputs' dtype; `probabilities` holds one tensor [K, rep, B, chunk, keyCount] per chunk, or none. */
export interface AttentionOutputs {
  /** [H, B, T, D]. */
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
  inputs: HeadMajorQKV,
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
          return asDtype(ops, probabilitiesOf(ops, scores, chunk), inputs.value.dtype)
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
 * @param dAttended gradient of the output, [H, B, T, D] in the inputs' dtype
 * @returns gradients with the shapes of the inputs, owned by the open scope; that of the query is with respect to the
 *   scaled one and has its dtype, the others, sums over heads, are float32
 * @see Dao et al., "FlashAttention" (2022), appendix B.2, for Σ_d dO · O
 */
export function attentionBackward(
  ops: Ops,
  inputs: HeadMajorQKV,
  outputs: AttentionOutputs,
  dAttended: Tensor,
  { chunks, softCap }: AttentionRule,
): ChunkGradients {
  const sizes = sizesOf(inputs)
  const { heads, batch, queries, width } = sizes
  return ops.scope(() => {
    const centring = prepareCentring(ops, inputs, outputs, dAttended)
    const gradients = chunks.map((chunk, index) =>
      ops.scope(() => {
        const kept = outputs.probabilities[index]
        return chunkBackward(ops, { inputs, dAttended, centring, kept, chunk, sizes, softCap })
      }),
    )
    ops.free(centring.gradient, centring.value, centring.rowSums)
    const parts = (name: keyof ChunkGradients): Tensor[] => gradients.map((gradient) => gradient[name])
    const dQuery = joinChunks(ops, parts('dQuery'))
    return {
      dQuery: ops.reshape(dQuery, [heads, batch, queries, width]), // [H, B, T, D]
      dKey: sumChunks(ops, parts('dKey')),
      dValue: sumChunks(ops, parts('dValue')),
    }
  })
}

type ChunkGradients = { readonly dQuery: Tensor; readonly dKey: Tensor; readonly dValue: Tensor }

interface ChunkBackward {
  readonly inputs: HeadMajorQKV
  readonly dAttended: Tensor
  readonly centring: Centring
  /** Probabilities of the forward pass, or undefined. */
  readonly kept: Tensor | undefined
  readonly chunk: QueryChunk
  readonly sizes: Sizes
  readonly softCap: number | undefined
}

function chunkBackward(ops: Ops, args: ChunkBackward): ChunkGradients {
  const { inputs, chunk, sizes } = args
  const { p, slope } = probabilitiesAndSlope(ops, args)
  const query = queriesOf(ops, inputs.query, chunk, sizes)
  const dOut = queriesOf(ops, args.dAttended, chunk, sizes)
  const dValue = sumOverRepeats(ops, ops.matmul(p, dOut, { transposeA: true }), chunk, sizes)
  const dScores = ops.scope(() => {
    const dCapped = ops.mul(p, centredGradient(ops, dOut, args))
    if (slope === undefined) return dCapped
    return asDtype(ops, ops.mul(asDtype(ops, dCapped, 'float32'), slope), p.dtype)
  })
  const dQuery = ops.matmul(dScores, keysOf(ops, inputs.key, chunk, sizes)) // [K, rep, B, c, D]
  const dKey = sumOverRepeats(ops, ops.matmul(dScores, query, { transposeA: true }), chunk, sizes)
  return { dQuery, dKey, dValue }
}

/** What takes Σ_d dO · O from each row of dP: the sums themselves in float32, or columns that a product subtracts. */
type Centring =
  | { readonly rowSums: Tensor; readonly gradient?: undefined; readonly value?: undefined }
  | { readonly rowSums?: undefined; readonly gradient: Tensor; readonly value: Tensor }

/**
 * In a 16-bit dtype the sums join the product, [dO, s, s'] [V, −1, −1]ᵀ, which adds in float32 and rounds once; s is the
 * rounded sum and s' what the rounding left.
 */
function prepareCentring(
  ops: Ops,
  { value }: HeadMajorQKV,
  { attended }: AttentionOutputs,
  dAttended: Tensor,
): Centring {
  return ops.scope((): Centring => {
    const [left, right] = [asDtype(ops, dAttended, 'float32'), asDtype(ops, attended, 'float32')]
    const rowSums = ops.scope(() => ops.sum(ops.mul(left, right), [-1], true)) // [H, B, T, 1]
    const { dtype } = value
    if (dtype === 'float32') return { rowSums }
    const rounded = ops.cast(rowSums, dtype)
    const rest = ops.cast(ops.sub(rowSums, ops.cast(rounded, 'float32')), dtype)
    const minusOnes = ops.full([...value.shape.slice(0, -1), 2], -1, dtype)
    return {
      gradient: ops.concat([dAttended, rounded, rest], 3), // [H, B, T, D + 2]
      value: ops.concat([value, minusOnes], 3), // [K, B, S, D + 2]
    }
  })
}

/** dO Vᵀ − Σ_d dO · O of one chunk, [K, rep, B, c, e]; owned by the open scope. */
function centredGradient(ops: Ops, dOut: Tensor, { inputs, centring, chunk, sizes }: ChunkBackward): Tensor {
  return ops.scope(() => {
    const left = centring.gradient === undefined ? dOut : queriesOf(ops, centring.gradient, chunk, sizes)
    const right = keysOf(ops, centring.value ?? inputs.value, chunk, sizes)
    const dP = ops.matmul(left, right, { transposeB: true })
    return centring.rowSums === undefined ? dP : ops.sub(dP, queriesOf(ops, centring.rowSums, chunk, sizes))
  })
}

/** P of one chunk, kept or made again, and the slope of the soft cap in float32, [K, rep, B, c, e] each. */
function probabilitiesAndSlope(ops: Ops, args: ChunkBackward): { p: Tensor; slope: Tensor | undefined } {
  const { inputs, kept, chunk, softCap } = args
  if (kept !== undefined && softCap === undefined) return { p: kept, slope: undefined }
  return ops.scope(() => {
    const scores = chunkScores(ops, inputs, args)
    const p = kept ?? asDtype(ops, probabilitiesOf(ops, scores, chunk), inputs.value.dtype)
    return { p, slope: softCap === undefined ? undefined : capSlope(ops, scores, softCap) }
  })
}

/** One chunk's scores after the soft cap, which is computed in float32, and before the mask, [K, rep, B, c, e]. */
function chunkScores(
  ops: Ops,
  inputs: HeadMajorQKV,
  { chunk, sizes, softCap }: Pick<ChunkBackward, 'chunk' | 'sizes' | 'softCap'>,
): Tensor {
  return ops.scope(() => {
    const query = queriesOf(ops, inputs.query, chunk, sizes)
    const key = keysOf(ops, inputs.key, chunk, sizes)
    const scores = ops.matmul(query, key, { transposeB: true }) // [K, rep, B, c, e]
    return softCap === undefined ? scores : capped(ops, asDtype(ops, scores, 'float32'), softCap)
  })
}

/** In the scores' dtype; sums and exponentials inside are float32. */
function probabilitiesOf(ops: Ops, scores: Tensor, { mask }: QueryChunk): Tensor {
  if (mask === undefined) return ops.softmax(scores)
  return ops.scope(() => ops.maskedSoftmax(scores, asDtype(ops, mask, scores.dtype)))
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
  const { groups, batch, keys } = sizes
  const width = x.shape[3] ?? 0
  const keyCount = keyEnd - keyBegin
  const seen = keyCount === keys ? x : ops.slice(x, [0, 0, keyBegin, 0], [groups, batch, keyCount, width])
  return ops.reshape(seen, [groups, 1, batch, keyCount, width]) // [K, 1, B, e, D]
}

/** Sums [K, rep, B, e, D] over the queries' heads that share a key head, adds zeros for unseen keys: float32 [K, B, S, D]. */
function sumOverRepeats(ops: Ops, x: Tensor, chunk: QueryChunk, sizes: Sizes): Tensor {
  const summed = ops.scope(() => ops.sum(asDtype(ops, x, 'float32'), [1])) // [K, B, e, D]
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
  return combined(ops, parts, () => ops.concat(parts, 3))
}

function sumChunks(ops: Ops, parts: readonly Tensor[]): Tensor {
  return combined(ops, parts, () => ops.addN(parts))
}

/** One part itself; of several what is made of them, which are freed. */
function combined(ops: Ops, parts: readonly Tensor[], combine: () => Tensor): Tensor {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const whole = combine()
  ops.free(...parts)
  return whole
}

function sizesOf({ query, key }: HeadMajorQKV): Sizes {
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
