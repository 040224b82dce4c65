import type { Ops } from '../tensors/ops.js'
import type { CachedKeyValue } from './layers/attention.js'

/** Keys and values of the tokens decoded so far, per layer, on the device. Free it with `dispose`. */
export class KVCache {
  private layers: readonly CachedKeyValue[] = []
  private tokenCount = 0

  constructor(private readonly ops: Ops) {}

  /** Tokens held. */
  get length(): number {
    return this.tokenCount
  }

  /** Keys and values of one layer, float32 [K, 1, S, D]; undefined while the cache is empty. */
  layer(index: number): CachedKeyValue | undefined {
    return this.layers[index]
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
