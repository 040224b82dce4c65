import { causalChunks, type QueryChunk } from '../../tensors/fused/query-chunks.js'
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
  const angles = rotaryAngles(frequencies, cachedCount, length)
  const angleShape = [length, frequencies.length]
  const attentionScale = 1 / Math.sqrt(2 * frequencies.length)
  return {
    batchSize,
    length,
    query: ops.rotaryTable(angles, angleShape, attentionScale),
    key: ops.rotaryTable(angles, angleShape),
    chunks: causalChunks(ops, length, { cachedCount, ...(chunkSize === undefined ? {} : { chunkSize }) }),
  }
}

/** Every handle inside, in a stable order. */
export function tableTensors(tables: SequenceTables): Tensor[] {
  const masks = tables.chunks.flatMap((chunk) => chunk.mask ?? [])
  return [...tables.query.tensors, ...tables.key.tensors, ...masks]
}
