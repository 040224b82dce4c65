import type { Tensor } from '../tensors/ops.js'
import { type DecoderStack, finalHidden, headWeight, tablesFor } from './decoder-stack.js'
import type { KVCache } from './kv-cache.js'
import type { CachedKeyValue } from './layers/attention.js'
import type { RunContext } from './parameter.js'

/**
 * Runs tokens of one row after what is cached and extends the cache.
 *
 * @param ids int32 [n], n ≥ 1
 * @returns logits of the last token, float32 [1, V], owned by the open scope
 */
export function decodeTokens(stack: DecoderStack, ids: Int32Array, cache: KVCache): Tensor {
  const { ops } = stack
  const context: RunContext = { ops, decoding: true }
  return ops.scope(() => {
    const tables = tablesFor(stack, { batchSize: 1, length: ids.length, cachedCount: cache.length })
    const keyValues: CachedKeyValue[] = []
    let x = stack.embedding.forward(context, ops.upload(ids, [ids.length])) // [n, E]
    stack.layers.forEach((layer, index) => {
      const { output, key, value } = layer.decode(context, x, tables, cache.layer(index))
      ops.free(x)
      x = output
      keyValues.push({ key, value })
    })
    const last = ops.slice(x, [ids.length - 1, 0], [1, -1]) // [1, E]
    const logits = ops.matmul(finalHidden(stack, context, last), headWeight(stack).value, {
      transposeB: true,
    })
    cache.replace(keyValues, cache.length + ids.length)
    return logits
  })
}
