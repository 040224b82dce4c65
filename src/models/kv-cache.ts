import type { Ops } from '../tensors/ops.js'
import type { CachedKeyValue } from './layers/attention.js'

/**
 * Keys and values of the tokens decoded so far, per layer, on the device, with room for some more. Free it with
 * `dispose`.
 */
export class KVCache {
  private layers: readonly CachedKeyValue[] = []
  private tokenCount = 0

  constructor(private readonly ops: Ops) {}

  /** Tokens held. */
  get length(): number {
    return this.tokenCount
  }

  /** C: tokens there is room for; rows from `length` on are zero. */
  get capacity(): number {
    return this.layers[0]?.key.shape[2] ?? 0
  }

  /** Keys and values of one layer, float32 [K, 1, C, D]; undefined while the cache is empty. */
  layer(index: number): CachedKeyValue | undefined {
    return this.layers[index]
  }

  /** Makes room for at least one more token, in steps so that few sizes occur. */
  reserve(): void {
    const { ops, layers, length, capacity } = this
    if (length < capacity) return
    const added = roomStep - (capacity % roomStep)
    const room = [
      [0, 0],
      [0, 0],
      [0, added],
      [0, 0],
    ] as const
    this.replace(
      layers.map(({ key, value }) => ({ key: ops.pad(key, room), value: ops.pad(value, room) })),
      length,
    )
  }

  /** Takes over the handles of all layers, which hold `length` tokens now, and frees the former ones. */
  replace(layers: readonly CachedKeyValue[], length: number): void {
    const former = this.layers
    for (const { key, value } of layers) {
      this.ops.keep(key)
      this.ops.keep(value)
    }
    this.layers = layers
    this.tokenCount = length
    for (const { key, value } of former) this.ops.free(key, value)
  }

  /** Frees everything; the cache is empty afterwards. */
  dispose(): void {
    this.replace([], 0)
  }
}

/** Capacity is a multiple of this once tokens come one by one. */
const roomStep = 64
