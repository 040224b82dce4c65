import type { WeightSpec } from '../models/architecture.js'
import { rowsFromCheckpoint } from '../models/layers/row-order.js'
import type { ModelConfig } from '../models/model-config.js'
import { type GgufFamily, unsupportedByGguf } from './gguf-families.js'

/** A tensor of the file: one of the checkpoint, or several stacked in its rows. */
export interface GgufWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly parts: readonly WeightSpec[]
}

const outerNames: Readonly<Record<string, string>> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
}

/**
 * The file's tensors, in the checkpoint's order.
 *
 * @throws UNSUPPORTED_MODEL for one that llama.cpp has no place for
 */
export function ggufWeights(family: GgufFamily, specs: readonly WeightSpec[]): GgufWeight[] {
  const weights = new Map<string, GgufWeight>()
  for (const spec of specs) {
    const name = ggufTensorName(family, spec.path)
    const { shape, parts } = weights.get(name) ?? { shape: [0], parts: [] }
    const rows = (shape[0] ?? 0) + (spec.shape[0] ?? 0)
    weights.set(name, { name, shape: [rows, ...spec.shape.slice(1)], parts: [...parts, spec] })
  }
  return [...weights.values()]
}

function ggufTensorName(family: GgufFamily, path: string): string {
  const suffix = path.endsWith('.bias') ? '.bias' : '.weight'
  const module = path.slice(0, -suffix.length)
  const [, layer, part = ''] = /^model\.layers\.(\d+)\.(.+)$/.exec(module) ?? []
  const name = layer === undefined ? outerNames[module] : family.layerNames[part]
  if (path.endsWith(suffix) && name !== undefined && (suffix === '.weight' || family.biases.includes(name))) {
    return layer === undefined ? name + suffix : `blk.${layer}.${name}${suffix}`
  }
  throw unsupportedByGguf(path, `llama.cpp's ${family.architecture} has no such tensor`)
}

/**
 * Values of a weight, or of the B factor of its adapter, as llama.cpp wants them: norms with what is added to them, rows
 * in its order, and the queries times what its scale of attention scores lacks.
 *
 * @param data float32 [rows, ...], row-major, in the checkpoint's order
 * @returns `data` itself when nothing changes, otherwise new memory
 */
export function ggufValues(
  family: GgufFamily,
  config: ModelConfig,
  spec: WeightSpec,
  data: Float32Array,
): Float32Array {
  const offset = /norm\.weight$/.test(spec.path) ? config.normOffset : 0
  const factor = queryFactor(family, config, spec)
  const values = offset === 0 && factor === 1 ? data : data.map((value) => (value + offset) * factor)
  return family.interleavesRotaryRows ? rowsFromCheckpoint(values, spec.shape[0] ?? 0, spec.rowOrder) : values
}

/** Queries take the factor where they are made last: in their norm, if they have one. */
function queryFactor(family: GgufFamily, config: ModelConfig, { path }: WeightSpec): number {
  const factor = config.attentionScale / family.attentionScale(config)
  const isQuery = /self_attn\.q_proj\.(weight|bias)$/.test(path)
  const isQueryNorm = path.endsWith('self_attn.q_norm.weight')
  return (config.queryKeyNorm ? isQueryNorm : isQuery) ? factor : 1
}
