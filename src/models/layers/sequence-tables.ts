import { causalChunks, hiddenScore, type QueryChunk } from '../../tensors/fused/query-chunks.js'
import type { Ops, RotaryTable, Tensor } from '../../tensors/ops.js'
import { rotaryAngles } from './rotary-embedding.js'

/** What all layers share for rows of one length: rotations and causal masks. */
export interface SequenceTables {
  readonly batchSize: number
  /** T: new tokens per row. */
  readonly length: number
  /** Rotation of queries, with the attention scale 1/√D folded in. */
  readonly query: RotaryTable
  readonly key: RotaryTable
  readonly chunks: readonly QueryChunk[]
  /**
   * Where one new token goes in a cache with room for C: float32 [C, 1], 1 there and 0 elsewhere. Without it new tokens
   * are put behind what is cached.
   */
  readonly slot?: Tensor
}

export interface SequenceShape {
  readonly batchSize: number
  readonly length: number
  /** Tokens already in the key/value cache. */
  readonly cachedCount?: number
  readonly chunkSize?: number
}

/** Tables owned by the open scope. @param frequencies from `rotaryFrequencies`, float32 [D/2] */
export function sequenceTables(ops: Ops, frequencies: Float32Array, shape: SequenceShape): SequenceTables {
  const { batchSize, length, cachedCount = 0, chunkSize } = shape
  return {
    ...rotaryTables(ops, frequencies, cachedCount, length),
    batchSize,
    length,
    chunks: causalChunks(ops, length, { cachedCount, ...(chunkSize === undefined ? {} : { chunkSize }) }),
  }
}

/**
 * Tables for one token after `cachedCount` others in a cache with room for `capacity`, owned by the open scope. All
 * shapes depend on the capacity alone, so that one recorded layer serves every position.
 */
export function stepTables(
  ops: Ops,
  frequencies: Float32Array,
  cachedCount: number,
  capacity: number,
): SequenceTables {
  const slot = new Float32Array(capacity)
  slot[cachedCount] = 1
  const mask = new Float32Array(capacity).fill(hiddenScore, cachedCount + 1)
  const chunk = { begin: 0, end: 1, keyCount: capacity, mask: ops.upload(mask, [1, capacity]) }
  return {
    ...rotaryTables(ops, frequencies, cachedCount, 1),
    batchSize: 1,
    length: 1,
    chunks: [chunk],
    slot: ops.upload(slot, [capacity, 1]),
  }
}

function rotaryTables(
  ops: Ops,
  frequencies: Float32Array,
  begin: number,
  length: number,
): Pick<SequenceTables, 'query' | 'key'> {
  const angles = rotaryAngles(frequencies, begin, length)
  const shape = [length, frequencies.length]
  const attentionScale = 1 / Math.sqrt(2 * frequencies.length)
  return { query: ops.rotaryTable(angles, shape, attentionScale), key: ops.rotaryTable(angles, shape) }
}

/** Every handle inside, in a stable order. */
export function tableTensors(tables: SequenceTables): Tensor[] {
  const masks = tables.chunks.flatMap((chunk) => chunk.mask ?? [])
  const slots = tables.slot === undefined ? [] : [tables.slot]
  return [...tables.query.tensors, ...tables.key.tensors, ...masks, ...slots]
}
