import type { Ops, Tensor } from '../ops.js'

/** Consecutive queries that attend together to the keys before `end`. */
export interface QueryChunk {
  /** First query row. */
  readonly begin: number
  /** Row after the last query. */
  readonly end: number
  /** How many keys the last query sees: cached ones and `end` new ones. */
  readonly keyCount: number
  /** Additive causal mask, float32 [end − begin, keyCount]: 0 where visible, −1e30 where not; absent when all is visible. */
  readonly mask: Tensor | undefined
}

/** What a mask adds to the score of a key that must not be seen: its probability becomes exactly 0. */
export const hiddenScore = -1e30

/**
 * Queries taken together: large enough for fast products, small enough that scores need T · chunk memory and not T².
 */
function queryChunkSize(length: number): number {
  return Math.max(256, Math.ceil(length / 8))
}

/**
 * Cuts T queries that follow `cachedCount` keys into chunks with their causal masks, owned by the open scope.
 *
 *     query i sees key j  ⇔  j ≤ cachedCount + i
 */
export function causalChunks(
  ops: Ops,
  length: number,
  options: { chunkSize?: number; cachedCount?: number } = {},
): QueryChunk[] {
  const { chunkSize = queryChunkSize(length), cachedCount = 0 } = options
  const chunks: QueryChunk[] = []
  for (let begin = 0; begin < length; begin += chunkSize) {
    const end = Math.min(begin + chunkSize, length)
    const keyCount = cachedCount + end
    chunks.push({ begin, end, keyCount, mask: causalMask(ops, end - begin, keyCount) })
  }
  return chunks
}

/** The last query sees every key, the one before it all but one, and so on. */
function causalMask(ops: Ops, queryCount: number, keyCount: number): Tensor | undefined {
  if (queryCount === 1) return undefined
  const mask = new Float32Array(queryCount * keyCount)
  for (let row = 0; row < queryCount - 1; row++) {
    const visible = keyCount - queryCount + row + 1
    mask.fill(hiddenScore, row * keyCount + visible, (row + 1) * keyCount)
  }
  return ops.upload(mask, [queryCount, keyCount])
}
