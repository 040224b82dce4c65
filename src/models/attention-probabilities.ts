import { MedtuneError } from '../errors.js'
import type { Tensor } from '../tensors/ops.js'
import type { LayerAttention } from './causal-lm.js'
import { type DecoderStack, tablesFor } from './decoder-stack.js'
import { tablesOf } from './layers/sequence-tables.js'
import type { RunContext } from './parameter.js'
import type { TokenRows } from './token-rows.js'

/**
 * Attention weights after softmax of chosen layers, for one forward pass. They take T² · H · B · 4 bytes per layer.
 *
 * @param layers indices from 0
 * @throws INVALID_ARGUMENT for a layer that the model does not have
 */
export async function attentionProbabilities(
  stack: DecoderStack,
  rows: TokenRows,
  layers: readonly number[],
): Promise<LayerAttention[]> {
  const { ops } = stack
  const unknown = layers.find((layer) => stack.layers[layer] === undefined)
  if (unknown !== undefined) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `layers must be indices from 0 to ${stack.layers.length - 1}; got ${unknown}.`,
    )
  }
  const tensors = ops.scope(() => probabilitiesOfLayers(stack, rows, new Set(layers)).map((t) => ops.keep(t)))
  try {
    const chosen = [...new Set(layers)].sort((a, b) => a - b)
    const byLayer = new Map<number, LayerAttention>()
    for (const [index, tensor] of tensors.entries()) {
      const layer = chosen[index] ?? 0
      byLayer.set(layer, { layer, data: await ops.read(tensor), shape: tensor.shape })
    }
    return layers.flatMap((layer) => byLayer.get(layer) ?? [])
  } finally {
    ops.free(...tensors)
  }
}

/** One tensor [B, H, T, T] per chosen layer, in the layers' order, owned by the open scope. */
function probabilitiesOfLayers(stack: DecoderStack, rows: TokenRows, chosen: ReadonlySet<number>): Tensor[] {
  const { ops } = stack
  const context: RunContext = { ops }
  // One chunk of all queries, so that each layer's weights are one tensor.
  const tables = tablesFor(stack, { batchSize: rows.batchSize, length: rows.length, scores: 'whole' })
  const results: Tensor[] = []
  let x = stack.embedding.forward(context, ops.upload(rows.data, [rows.data.length])) // [N, E]
  const last = Math.max(...chosen)
  for (const [index, layer] of stack.layers.slice(0, last + 1).entries()) {
    const own = tablesOf(tables, layer)
    const { y, probabilities } = ops.scope(() => {
      if (!chosen.has(index)) return { y: layer.forward(context, x, own), probabilities: undefined }
      const { output, activations } = layer.forwardForBackward(context, x, own, {
        output: true,
        probabilities: true,
      })
      return { y: output as Tensor, probabilities: batchFirst(stack, activations.probabilities[0] as Tensor) }
    })
    if (probabilities !== undefined) results.push(probabilities)
    ops.free(x)
    x = y
  }
  return results
}

/** [K, rep, B, T, T] → [B, H, T, T]. */
function batchFirst({ ops }: DecoderStack, probabilities: Tensor): Tensor {
  const [groups = 0, repeat = 0, batch = 0, queries = 0, keys = 0] = probabilities.shape
  return ops.scope(() => {
    const perHead = ops.reshape(probabilities, [groups * repeat, batch, queries, keys]) // [H, B, T, T]
    return ops.transpose(perHead, [1, 0, 2, 3]) // [B, H, T, T]
  })
}
