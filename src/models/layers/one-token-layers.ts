import type { OneTokenLayer, RowLinear } from '../../tensors/one-token-layer.js'
import type { Ops, Tensor } from '../../tensors/ops.js'
import type { CachedKeyValue } from './attention.js'
import type { DecoderLayer } from './decoder-layer.js'
import type { Linear } from './linear.js'
import type { SequenceTables } from './sequence-tables.js'

/**
 * All layers for one token in one operation; undefined where the backend has none for them.
 *
 * @param layers made ready by `forDecoding`
 * @param x float32 [1, E]
 * @param inputsOf a layer's tables and what is cached of it
 * @returns float32 [1, E], owned by the open scope; keys and values of the token are written into the caches
 */
export function decodeInOne(
  ops: Ops,
  layers: readonly DecoderLayer[],
  x: Tensor,
  inputsOf: (
    layer: DecoderLayer,
    index: number,
  ) => { tables: SequenceTables; cached: CachedKeyValue | undefined },
): Tensor | undefined {
  const [first] = layers
  if (ops.fewRows === undefined || first === undefined) return undefined
  const described: OneTokenLayer[] = []
  for (const [index, layer] of layers.entries()) {
    const { tables, cached } = inputsOf(layer, index)
    const linears = sameRules(layer, first) ? linearsOf(layer) : undefined
    if (linears === undefined || cached === undefined || tables.place === undefined) return undefined
    const heads = layer.blocks.attention.inputs.blocks[0] ?? 1
    described.push({ ...linears, norms: normsOf(layer), heads, cached, place: tables.place, turns: tables })
  }
  const { attention, mlp, attentionNorm } = first.blocks
  const { softCap } = attention
  return ops.fewRows.runLayers(x, {
    ...{ layers: described, norm: attentionNorm.rule, softCap, activation: mlp.activation },
  })
}

/** What is the same in all layers of a call. */
function sameRules(layer: DecoderLayer, first: DecoderLayer): boolean {
  const { blocks } = layer
  const { epsilon, offset } = first.blocks.attentionNorm.rule
  return (
    layer.norms().every((norm) => !norm || (norm.rule.epsilon === epsilon && norm.rule.offset === offset)) &&
    blocks.attention.softCap === first.blocks.attention.softCap &&
    blocks.mlp.activation === first.blocks.mlp.activation
  )
}

/** Undefined where one has no form for the kernel, or those of one input differ in dtype. */
function linearsOf({
  blocks: { attention, mlp },
}: DecoderLayer): Pick<OneTokenLayer, 'inputs' | 'output' | 'expansion' | 'down'> | undefined {
  const inputs = rowLinears(attention.inputs.linears)
  const expansion = rowLinears(mlp.expansion.linears)
  const [output, down] = [attention.output.rowLinear?.(), mlp.down.rowLinear?.()]
  if (inputs === undefined || expansion === undefined || output === undefined || down === undefined)
    return undefined
  return { inputs, output, expansion, down }
}

function rowLinears(linears: readonly Linear[]): RowLinear[] | undefined {
  const rows = linears.flatMap((linear) => linear.rowLinear?.() ?? [])
  return rows.length === linears.length && rows.every(({ dtype }) => dtype === rows[0]?.dtype)
    ? rows
    : undefined
}

function normsOf({ blocks }: DecoderLayer): OneTokenLayer['norms'] {
  const { attentionNorm, attention, attentionOutputNorm, mlpNorm, mlpOutputNorm } = blocks
  return {
    attention: attentionNorm.weight.value,
    query: attention.queryNorm?.weight.value,
    key: attention.keyNorm?.weight.value,
    attentionOutput: attentionOutputNorm?.weight.value,
    mlp: mlpNorm.weight.value,
    mlpOutput: mlpOutputNorm?.weight.value,
  }
}
