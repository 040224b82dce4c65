import type { Ops, Tensor, TensorDtype } from '../tensors/ops.js'
import type { CachedKeyValue } from './layers/attention.js'

/**
 * Keys and values of the tokens decoded so far, per layer, on the device, with room for some more. Free it with
 * `dispose`.
 */
export class KVCache {
  private layers: readonly CachedKeyValue[] = []
  private tokens: readonly number[] = []

  constructor(private readonly ops: Ops) {}

  /** Tokens held. */
  get length(): number {
    return this.tokens.length
  }

  /** Their ids. */
  get ids(): readonly number[] {
    return this.tokens
  }

  /** C: tokens there is room for; rows from `length` on are zero. */
  get capacity(): number {
    return this.layers[0]?.key.shape[2] ?? 0
  }

  /** Keys and values of one layer, [K, 1, C, D] in the dtype of products; undefined while the cache is empty. */
  layer(index: number): CachedKeyValue | undefined {
    return this.layers[index]
  }

  /**
   * Makes room for at least one more token, in steps so that few sizes occur. Rows of the cache then belong to it alone:
   * they may be written in place.
   * @param dtypeOf of a layer's rows from now on
   */
  reserve(dtypeOf: (layer: number) => TensorDtype): void {
    const { ops, capacity } = this
    if (this.layers.some(({ key }, index) => key.dtype !== dtypeOf(index))) this.convert(dtypeOf)
    if (this.length < capacity) return
    const added = roomStep - (capacity % roomStep)
    const room = [
      [0, 0],
      [0, 0],
      [0, added],
      [0, 0],
    ] as const
    this.replace(
      this.layers.map(({ key, value }) => ({ key: ops.pad(key, room), value: ops.pad(value, room) })),
      this.tokens,
    )
  }

  /** The same handles hold the tokens `ids` now: their rows were written in place. */
  extend(ids: readonly number[]): void {
    this.tokens = ids
  }

  /** Takes over the handles of all layers, which hold the tokens `ids` now, and frees the former ones. */
  replace(layers: readonly CachedKeyValue[], ids: readonly number[]): void {
    const former = this.layers
    for (const { key, value } of layers) {
      this.ops.keep(key)
      this.ops.keep(value)
    }
    this.layers = layers
    this.tokens = ids
    for (const { key, value } of former) this.ops.free(key, value)
  }

  private convert(dtypeOf: (layer: number) => TensorDtype): void {
    const { ops } = this
    const converted = (x: Tensor, dtype: TensorDtype): Tensor =>
      x.dtype === dtype ? ops.addN([x]) : ops.cast(x, dtype)
    this.replace(
      this.layers.map(({ key, value }, index) => {
        const dtype = dtypeOf(index)
        return { key: converted(key, dtype), value: converted(value, dtype) }
      }),
      this.tokens,
    )
  }

  /** Frees everything; the cache is empty afterwards. */
  dispose(): void {
    this.replace([], [])
  }
}

/** Capacity is a multiple of this once tokens come one by one. */
const roomStep = 64
