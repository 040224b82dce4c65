import { MedtuneError } from '../../errors.js'
import {
  causalChunks,
  type QueryChunk,
  segmentPositions,
  stepChunk,
  type Visibility,
} from '../../tensors/fused/query-chunks.js'
import type { Ops, RotaryTable, Tensor } from '../../tensors/ops.js'
import { type RotaryRule, rotaryAngles, rotaryFactor } from './rotary-embedding.js'

/** What layers of one kind share and other layers of the model may not: how positions turn, which keys are seen. */
export interface AttentionKind {
  readonly rotary: RotaryRule
  /** W of a sliding window; undefined where every key before is seen. */
  readonly window: number | undefined
}

/** What all layers of a kind share for rows of one shape: rotations and masks. */
export interface SequenceTables {
  readonly batchSize: number
  /** T: new tokens per row. */
  readonly length: number
  /** Rotation of queries, with the attention scale folded in. */
  readonly query: RotaryTable
  readonly key: RotaryTable
  /** Empty where no scores are needed. */
  readonly chunks: readonly QueryChunk[]
  /**
   * Present where each token sees an unbroken run of tokens that ends with itself, as fused kernels take it, and no scores
   * are asked for. `firstKeys`: where the runs start, int32 [T], or [B, T] of packed rows; absent where all start at 0.
   */
  readonly seenRuns?: { readonly firstKeys: Tensor | undefined }
  /**
   * Where one new token goes in a cache with room for C: float32 [C, 1], 1 there and 0 elsewhere. Without it new tokens
   * are put behind what is cached.
   */
  readonly slot?: Tensor
  /** Instead of a slot and a mask: int32 [2], the new token's row in the cache and the first row it sees. */
  readonly place?: Tensor
}

export interface SequenceShape {
  readonly batchSize: number
  readonly length: number
  /** Tokens already in the key/value cache. */
  readonly cachedCount?: number
  /**
   * Where scores may be needed, which takes masks: nowhere, because a fused kernel attends; in chunks of queries (default);
   * or in one chunk of all queries, whose probabilities are asked for.
   */
  readonly scores?: 'none' | 'chunks' | 'whole'
  /** int32 [B, T] of packed rows: positions start again with each segment, and no token sees another segment. */
  readonly segmentIds?: Int32Array | undefined
}

/** Tables of each kind, owned by the open scope. */
export function sequenceTables(
  ops: Ops,
  kinds: readonly AttentionKind[],
  shape: SequenceShape,
): SequenceTables[] {
  const { batchSize, length, cachedCount = 0, scores = 'chunks', segmentIds } = shape
  const positions =
    segmentIds === undefined
      ? Int32Array.from({ length }, (_, i) => cachedCount + i)
      : segmentPositions(segmentIds, length)
  const rotations = rotaryTables(ops, kinds, positions, length)
  return kinds.map(({ window }, kind) => {
    const visibility = { cachedCount, window, segmentIds }
    const chunkSize = scores === 'whole' ? length : undefined
    return {
      ...(rotations[kind] as Rotations),
      ...{ batchSize, length },
      ...(scores !== 'whole' && { seenRuns: { firstKeys: firstKeysOf(ops, positions, length, visibility) } }),
      chunks: scores === 'none' ? [] : causalChunks(ops, length, { ...visibility, chunkSize }),
    }
  })
}

/** As `SequenceTables.seenRuns`; owned by the open scope. @param positions int32 [T], or [B, T] of packed rows */
function firstKeysOf(
  ops: Ops,
  positions: Int32Array,
  length: number,
  { cachedCount = 0, window = Number.POSITIVE_INFINITY, segmentIds }: Visibility,
): Tensor | undefined {
  if (segmentIds === undefined && window >= cachedCount + length) return undefined
  // A token's place in its row, less the tokens of its run before it.
  const first = positions.map((position, i) => cachedCount + (i % length) - Math.min(position, window - 1))
  const rows = first.length / length
  return ops.upload(first, rows === 1 ? [length] : [rows, length])
}

/**
 * Tables for one token after `cachedCount` others in a cache with room for `capacity`, owned by the open scope. All
 * shapes depend on the capacity alone, so that one recorded layer serves every position.
 */
export function stepTables(
  ops: Ops,
  kinds: readonly AttentionKind[],
  cachedCount: number,
  capacity: number,
): SequenceTables[] {
  const rotations = rotaryTables(ops, kinds, Int32Array.of(cachedCount), 1)
  if (ops.fewRows !== undefined) {
    return kinds.map(({ window = Number.POSITIVE_INFINITY }, kind) => {
      const place = Int32Array.of(cachedCount, Math.max(0, cachedCount + 1 - window))
      const shared = { batchSize: 1, length: 1, chunks: [] }
      return { ...(rotations[kind] as Rotations), ...shared, place: ops.upload(place, [2]) }
    })
  }
  const slot = new Float32Array(capacity)
  slot[cachedCount] = 1
  const shared = { batchSize: 1, length: 1, slot: ops.upload(slot, [capacity, 1]) }
  return kinds.map(({ window }, kind) => ({
    ...(rotations[kind] as Rotations),
    ...shared,
    chunks: [stepChunk(ops, { cachedCount, capacity, window })],
  }))
}

/** The tables of a layer's kind. */
export function tablesOf(
  tables: readonly SequenceTables[],
  layer: { readonly attentionKind: number },
): SequenceTables {
  const own = tables[layer.attentionKind]
  if (own === undefined)
    throw new MedtuneError('INTERNAL', `No tables for attention of kind ${layer.attentionKind}.`)
  return own
}

type Rotations = Pick<SequenceTables, 'query' | 'key'>

/** Rotations of each kind; kinds with one rule share theirs. @param positions int32 [T], or [B, T] of packed rows */
function rotaryTables(
  ops: Ops,
  kinds: readonly AttentionKind[],
  positions: Int32Array,
  length: number,
): Rotations[] {
  const made = new Map<RotaryRule, Rotations>()
  const reach = positions.reduce((largest, position) => Math.max(largest, position), 0) + 1
  return kinds.map(({ rotary }) => {
    const known = made.get(rotary)
    if (known !== undefined) return known
    const angles = rotaryAngles(rotary, positions, reach)
    const rows = positions.length === length ? [length] : [positions.length / length, length]
    const shape = [...rows, rotary.pairCount]
    const table = (scale: number): RotaryTable => ops.rotaryTable(angles, shape, rotaryFactor(rotary, scale))
    const tables = { query: table(rotary.queryScale), key: table(1) }
    made.set(rotary, tables)
    return tables
  })
}

/** Every handle inside, in a stable order. */
export function tableTensors(tables: SequenceTables): Tensor[] {
  const masks = tables.chunks.flatMap((chunk) => chunk.mask ?? [])
  const slots = [tables.seenRuns?.firstKeys, tables.slot, tables.place].filter(
    (tensor) => tensor !== undefined,
  )
  return [...tables.query.tensors, ...tables.key.tensors, ...masks, ...slots]
}

/** Names the host values inside that a recorded run depends on. */
export function tablesKey({ batchSize, chunks, seenRuns }: SequenceTables): string {
  const runs = seenRuns === undefined ? 'masked' : seenRuns.firstKeys === undefined ? 'causal' : 'runs'
  return `${runs}${batchSize}x${chunks.map(({ end, keyBegin }) => `${keyBegin}-${end}`).join(',')}`
}
