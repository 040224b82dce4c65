import type { Ops, Tensor } from '../tensors/ops.js'
import { type DecoderStack, finalHidden, headLogits, tablesFor } from './decoder-stack.js'
import type { KVCache } from './kv-cache.js'
import type { CachedKeyValue } from './layers/attention.js'
import type { DecoderLayer } from './layers/decoder-layer.js'
import { decodeInOne } from './layers/one-token-layers.js'
import { recordedDecode } from './layers/recorded-layer.js'
import { type SequenceTables, stepTables, tablesOf } from './layers/sequence-tables.js'
import type { RunContext } from './parameter.js'

/** Residual stream of the new tokens and what to cache; undefined where it was written into the cache. */
type Decoded = { readonly x: Tensor; readonly layers: CachedKeyValue[] | undefined }

/**
 * Runs tokens of one row after what is cached and extends the cache.
 *
 * @param ids int32 [n], n ≥ 1
 * @returns logits of the last token, float32 [1, V], owned by the open scope
 */
export function decodeTokens(stack: DecoderStack, ids: Int32Array, cache: KVCache): Tensor {
  const { ops } = stack
  const context: RunContext = { ops }
  const all = [...cache.ids, ...ids]
  if (outgrowsRotation(stack, cache.length, all.length)) {
    cache.dispose()
    return decodeTokens(stack, Int32Array.from(all), cache)
  }
  return ops.scope(() => {
    const embedded = ops.scope(() => stack.embedding.forward(context, ops.upload(ids, [ids.length]))) // [n, E]
    const { x, layers } =
      ids.length === 1 && cache.length > 0
        ? decodeStep(stack, context, embedded, cache)
        : decodePrompt(stack, context, embedded, cache)
    const last = ops.slice(x, [ids.length - 1, 0], [1, -1]) // [1, E]
    const logits = headLogits(stack, stack.finalNorm.forward(context, last)) // [1, V]
    if (layers === undefined) cache.extend(all)
    else cache.replace(layers, all)
    return logits
  })
}

/**
 * Runs tokens of one row after what is cached and leaves the cache as it is.
 *
 * @param ids int32 [n], n ≥ 1
 * @returns logits of every token, float32 [n, V], owned by the open scope
 */
export function peekTokens(stack: DecoderStack, ids: Int32Array, cache: KVCache): Tensor {
  const { ops } = stack
  const context: RunContext = { ops }
  const all = [...cache.ids, ...ids]
  const anew = outgrowsRotation(stack, cache.length, all.length)
  return ops.scope(() => {
    const run = anew ? Int32Array.from(all) : ids
    const embedded = ops.scope(() => stack.embedding.forward(context, ops.upload(run, [run.length]))) // [n, E]
    const { x } = decodePrompt(stack, context, embedded, anew ? undefined : cache)
    const last = ops.slice(x, [run.length - ids.length, 0], [ids.length, -1]) // [n, E]
    return headLogits(stack, finalHidden(stack, context, last)) // [n, V]
  })
}

/**
 * Whether the cached keys were turned by the frequencies of short runs and the grown run needs those of long ones: then
 * all of it is computed again, as a run of that length would be.
 */
function outgrowsRotation({ attentionKinds }: DecoderStack, cachedCount: number, count: number): boolean {
  if (cachedCount === 0) return false
  return attentionKinds.some(({ rotary: { long } }) => {
    return long !== undefined && cachedCount <= long.beyond && count > long.beyond
  })
}

/** One token after others: adapters merged, all layers in one operation, or a recorded layer that serves every position. */
function decodeStep(stack: DecoderStack, context: RunContext, embedded: Tensor, cache: KVCache): Decoded {
  const { ops } = stack
  const layers = stack.layers.map((layer) => layer.forDecoding(ops))
  cache.reserve((index) => layers[index]?.blocks.attention.dtype ?? 'float32')
  const tables = stepTables(ops, stack.attentionKinds, cache.length, cache.capacity)
  const x = decodeInOne(ops, layers, embedded, (layer, index) => ({
    ...{ tables: tablesOf(tables, layer), cached: cache.layer(index) },
  }))
  if (x !== undefined) return { x, layers: undefined }
  return throughLayers(ops, layers, { embedded, tables, cache }, (layer, x, own, cached) =>
    recordedDecode(context, layer, x, own, cached),
  )
}

/** Any number of tokens, after any number of others. Frees `embedded`. */
function decodePrompt(
  stack: DecoderStack,
  context: RunContext,
  embedded: Tensor,
  cache: KVCache | undefined,
): Decoded {
  const { ops } = stack
  const cachedCount = cache?.length ?? 0
  const tables = tablesFor(stack, { batchSize: 1, length: embedded.shape[0] ?? 0, cachedCount })
  return throughLayers(ops, stack.layers, { embedded, tables, cache }, (layer, x, own, cached) =>
    ops.scope(() => layer.decode(context, x, own, cached && withoutRoom(stack, cached, cachedCount))),
  )
}

type LayerDecode = (
  layer: DecoderLayer,
  x: Tensor,
  tables: SequenceTables,
  cached: CachedKeyValue | undefined,
) => { output: Tensor } & CachedKeyValue

interface DecoderInputs {
  readonly embedded: Tensor
  readonly tables: readonly SequenceTables[]
  readonly cache: KVCache | undefined
}

function throughLayers(
  ops: Ops,
  layers: readonly DecoderLayer[],
  { embedded, tables, cache }: DecoderInputs,
  decode: LayerDecode,
): Decoded {
  const kept: CachedKeyValue[] = []
  let x = embedded
  for (const [index, layer] of layers.entries()) {
    const { output, key, value } = decode(layer, x, tablesOf(tables, layer), cache?.layer(index))
    ops.free(x)
    x = output
    kept.push({ key, value })
  }
  const inPlace = cache !== undefined && kept.every(({ key }, index) => key === cache.layer(index)?.key)
  return { x, layers: inPlace ? undefined : kept }
}

/** The `length` keys and values that a cache holds: [K, 1, S, D], owned by the open scope. */
function withoutRoom({ ops }: DecoderStack, { key, value }: CachedKeyValue, length: number): CachedKeyValue {
  const held = (x: Tensor): Tensor => ops.slice(x, [0, 0, 0, 0], [-1, -1, length, -1]) // [K, 1, S, D]
  return { key: held(key), value: held(value) }
}
