import type { Ops, Tensor } from '../ops.js'

/** Consecutive queries that attend together to a range of keys. */
export interface QueryChunk {
  /** First query row. */
  readonly begin: number
  /** Row after the last query. */
  readonly end: number
  /** First key that a query of the chunk may see. */
  readonly keyBegin: number
  /** Key after the last one: cached ones and `end` new ones. */
  readonly keyEnd: number
  /**
   * Additive mask: 0 where visible, −1e30 where not; float32 [end − begin, keyEnd − keyBegin], with a batch axis before
   * where rows see different keys; absent when all is visible.
   */
  readonly mask: Tensor | undefined
}

/** Which keys queries may see besides those at or before themselves, and how queries are taken together. */
export interface Visibility {
  /** Keys before the first query. */
  readonly cachedCount?: number
  /** W: only this many keys, the query's own included (sliding window). */
  readonly window?: number | undefined
  /** int32 [B, T], row-major: only keys of the query's own segment (packed rows). Not with cached keys. */
  readonly segmentIds?: Int32Array | undefined
  /** Queries of one chunk; default by length. */
  readonly chunkSize?: number | undefined
}

/** What a mask adds to the score of a key that must not be seen: its probability becomes exactly 0. */
const hiddenScore = -1e30

/**
 * Queries taken together: large enough for fast products, small enough that scores need T · chunk memory and not T².
 */
function queryChunkSize(length: number): number {
  return Math.max(256, Math.ceil(length / 8))
}

/**
 * Cuts T queries that follow `cachedCount` keys into chunks with their masks, owned by the open scope.
 *
 *     query i sees key j  ⇔  p − W < j ≤ p  and  segment(j) = segment(p),   p = cachedCount + i
 */
export function causalChunks(ops: Ops, length: number, visibility: Visibility = {}): QueryChunk[] {
  const { chunkSize = queryChunkSize(length), cachedCount = 0 } = visibility
  const window = visibility.window ?? Number.POSITIVE_INFINITY
  const chunks: QueryChunk[] = []
  for (let begin = 0; begin < length; begin += chunkSize) {
    const end = Math.min(begin + chunkSize, length)
    const keyBegin = Math.max(0, cachedCount + begin + 1 - window)
    const range = { begin, end, keyBegin, keyEnd: cachedCount + end }
    chunks.push({ ...range, mask: chunkMask(ops, range, length, visibility) })
  }
  return chunks
}

/**
 * The one query that follows `cachedCount` keys in a cache with room for `capacity`: a chunk of the same shape at every
 * position, owned by the open scope.
 */
export function stepChunk(
  ops: Ops,
  { cachedCount, capacity, window }: { cachedCount: number; capacity: number; window?: number | undefined },
): QueryChunk {
  const mask = new Float32Array(capacity).fill(hiddenScore, cachedCount + 1)
  mask.fill(hiddenScore, 0, Math.max(0, cachedCount + 1 - (window ?? Number.POSITIVE_INFINITY)))
  return { begin: 0, end: 1, keyBegin: 0, keyEnd: capacity, mask: ops.upload(mask, [1, capacity]) }
}

function chunkMask(
  ops: Ops,
  { begin, end, keyBegin, keyEnd }: Omit<QueryChunk, 'mask'>,
  length: number,
  { cachedCount = 0, window = Number.POSITIVE_INFINITY, segmentIds }: Visibility,
): Tensor | undefined {
  const [queries, keys] = [end - begin, keyEnd - keyBegin]
  if (queries === 1 && segmentIds === undefined) return undefined
  const batch = segmentIds === undefined ? 1 : segmentIds.length / length
  const mask = new Float32Array(batch * queries * keys)
  for (let row = 0; row < batch * queries; row++) {
    const query = begin + (row % queries)
    const scores = mask.subarray(row * keys, (row + 1) * keys)
    const position = cachedCount + query
    scores.fill(hiddenScore, position + 1 - keyBegin)
    scores.fill(hiddenScore, 0, Math.max(0, position + 1 - window - keyBegin))
    if (segmentIds !== undefined) {
      const rowStart = Math.floor(row / queries) * length
      hideOtherSegments(scores, segmentIds.subarray(rowStart, rowStart + length), query, keyBegin)
    }
  }
  return ops.upload(mask, segmentIds === undefined ? [queries, keys] : [batch, queries, keys])
}

/** A segment is one run: an id that comes again after another one starts a new segment. */
function hideOtherSegments(
  scores: Float32Array,
  segments: Int32Array,
  query: number,
  keyBegin: number,
): void {
  let first = query
  while (first > keyBegin && segments[first - 1] === segments[query]) first--
  scores.fill(hiddenScore, 0, first - keyBegin)
}

/** Positions within their segments: int32 [B, T], 0 where a segment starts. @param segmentIds int32 [B, T] */
export function segmentPositions(segmentIds: Int32Array, length: number): Int32Array {
  const positions = new Int32Array(segmentIds.length)
  for (let i = 0; i < positions.length; i++) {
    const continues = i % length > 0 && segmentIds[i] === segmentIds[i - 1]
    positions[i] = continues ? (positions[i - 1] as number) + 1 : 0
  }
  return positions
}
