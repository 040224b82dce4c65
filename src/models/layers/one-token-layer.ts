import type { OneTokenLayer, RowLinear } from '../../tensors/one-token-layer.js'
import type { Ops, Tensor } from '../../tensors/ops.js'
import type { CachedKeyValue } from './attention.js'
import type { DecoderLayer } from './decoder-layer.js'
import type { Linear } from './linear.js'
import type { RMSNorm } from './rms-norm.js'
import type { SequenceTables } from './sequence-tables.js'

/**
 * `DecoderLayer.decode` for one token in one operation; undefined where the backend has none for this layer.
 *
 * @param layer made ready by `forDecoding`
 * @returns y, float32 [1, E], owned by the open scope; the token's key and value are written into the caches
 */
export function decodeInOne(
  ops: Ops,
  layer: DecoderLayer,
  x: Tensor,
  tables: SequenceTables,
  cached: CachedKeyValue | undefined,
): Tensor | undefined {
  const { place } = tables
  if (ops.fewRows === undefined || place === undefined || cached === undefined) return undefined
  const { attention, mlp } = layer.blocks
  const linears = linearsOf(layer)
  const norms = normsOf(layer)
  if (linears === undefined || norms === undefined) return undefined
  return ops.fewRows.runLayer(x, {
    ...{ ...linears, ...norms, cached, place, turns: tables },
    heads: attention.inputs.blocks[0] ?? 1,
    softCap: attention.softCap,
    activation: mlp.activation,
  })
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

/** Undefined where the norms' rules differ. */
function normsOf({ blocks }: DecoderLayer): Pick<OneTokenLayer, 'norm' | 'norms'> | undefined {
  const { attentionNorm, attention, attentionOutputNorm, mlpNorm, mlpOutputNorm } = blocks
  const { rule } = attentionNorm
  const all = [attention.queryNorm, attention.keyNorm, attentionOutputNorm, mlpNorm, mlpOutputNorm]
  const same = (norm: RMSNorm | undefined): boolean =>
    norm === undefined || (norm.rule.epsilon === rule.epsilon && norm.rule.offset === rule.offset)
  if (!all.every(same)) return undefined
  const norms = {
    attention: attentionNorm.weight.value,
    query: attention.queryNorm?.weight.value,
    key: attention.keyNorm?.weight.value,
    attentionOutput: attentionOutputNorm?.weight.value,
    mlp: mlpNorm.weight.value,
    mlpOutput: mlpOutputNorm?.weight.value,
  }
  return { norm: rule, norms }
}
