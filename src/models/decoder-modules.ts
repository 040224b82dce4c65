import type { WeightSpec } from './architecture.js'
import type { RowOrder } from './layers/row-order.js'
import type { ModelConfig } from './model-config.js'

// Which modules a decoder has, where their tensors are in a checkpoint, and their shapes.

export const embeddingPath = 'model.embed_tokens.weight'
export const finalNormPath = 'model.norm.weight'
export const headPath = 'lm_head.weight'

const plain: RowOrder = { kind: 'plain' }

/** A linear layer: where it is, its sizes and its rows. */
export interface Projection {
  readonly path: string
  readonly outFeatures: number
  readonly inFeatures: number
  readonly rowOrder: RowOrder
  readonly bias: boolean
}

/** The linear layers of one decoder layer. */
export interface LayerProjections {
  /** Queries, keys and values, or one for all. */
  readonly attentionInputs: readonly Projection[]
  readonly attentionOutput: Projection
  /** Gate and up, or one for both. */
  readonly expansion: readonly Projection[]
  readonly down: Projection
}

export function layerProjections(config: ModelConfig, layer: number): LayerProjections {
  const { hiddenSize, intermediateSize, numAttentionHeads, headDim, mlpBias: bias } = config
  const mlp = `model.layers.${layer}.mlp`
  const expand = { inFeatures: hiddenSize, rowOrder: plain, bias }
  return {
    attentionInputs: attentionInputs(config, layer),
    attentionOutput: {
      path: `model.layers.${layer}.self_attn.o_proj`,
      outFeatures: hiddenSize,
      inFeatures: numAttentionHeads * headDim,
      rowOrder: plain,
      bias: config.attentionOutputBias,
    },
    expansion: config.fusedGateUp
      ? [{ path: `${mlp}.gate_up_proj`, outFeatures: 2 * intermediateSize, ...expand }]
      : ['gate_proj', 'up_proj'].map((name) => ({
          path: `${mlp}.${name}`,
          outFeatures: intermediateSize,
          ...expand,
        })),
    down: {
      path: `${mlp}.down_proj`,
      outFeatures: hiddenSize,
      inFeatures: intermediateSize,
      rowOrder: plain,
      bias,
    },
  }
}

function attentionInputs(config: ModelConfig, layer: number): Projection[] {
  const { hiddenSize, numAttentionHeads, numKeyValueHeads, headDim, queryKeyValueBias: bias } = config
  const prefix = `model.layers.${layer}.self_attn`
  const [queries, keys] = [numAttentionHeads * headDim, numKeyValueHeads * headDim]
  const rotary = headOrder(config)
  const projection = (name: string, outFeatures: number, rowOrder: RowOrder): Projection => ({
    path: `${prefix}.${name}`,
    ...{ outFeatures, inFeatures: hiddenSize, rowOrder, bias },
  })
  if (config.fusedQueryKeyValue) {
    return [projection('qkv_proj', queries + 2 * keys, { ...rotary, turnedRows: queries + keys })]
  }
  return [
    projection('q_proj', queries, rotary),
    projection('k_proj', keys, rotary),
    projection('v_proj', keys, plain),
  ]
}

/** Order of a head's numbers where positions turn it. */
function headOrder({ headDim, rotaryDim }: ModelConfig): Extract<RowOrder, { kind: 'rotary' }> {
  const turnedSize = 2 * Math.ceil(rotaryDim / 2)
  return turnedSize === headDim
    ? { kind: 'rotary', headSize: headDim }
    : { kind: 'rotary', headSize: headDim, turnedSize }
}

/** Paths of a layer's norms; undefined where the architecture has no such norm. */
export function layerNorms(
  { outputNorms, queryKeyNorm }: ModelConfig,
  layer: number,
): Record<'attention' | 'attentionOutput' | 'mlp', string> & {
  readonly mlpOutput: string | undefined
  readonly query: string | undefined
  readonly key: string | undefined
} {
  const prefix = `model.layers.${layer}`
  const norm = (name: string): string => `${prefix}.${name}.weight`
  const head = (name: string): string | undefined => (queryKeyNorm ? norm(`self_attn.${name}`) : undefined)
  return {
    attention: norm('input_layernorm'),
    // One name, two meanings: with output norms it stands behind attention, without before the feed-forward block.
    attentionOutput: norm('post_attention_layernorm'),
    mlp: norm(outputNorms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm'),
    mlpOutput: outputNorms ? norm('post_feedforward_layernorm') : undefined,
    query: head('q_norm'),
    key: head('k_norm'),
  }
}

/** Every tensor of a decoder, in the order of the forward pass. */
export function decoderWeightSpecs(config: ModelConfig): WeightSpec[] {
  const { hiddenSize, vocabSize, numHiddenLayers, tieWordEmbeddings } = config
  const table = (path: string): WeightSpec => ({
    path,
    shape: [vocabSize, hiddenSize],
    rowOrder: plain,
    initial: 'normal',
  })
  const layers = Array.from({ length: numHiddenLayers }, (_, layer) => layerSpecs(config, layer))
  return [
    table(embeddingPath),
    ...layers.flat(),
    normSpec(config, finalNormPath, hiddenSize),
    ...(tieWordEmbeddings ? [] : [table(headPath)]),
  ]
}

function layerSpecs(config: ModelConfig, layer: number): WeightSpec[] {
  const { hiddenSize, headDim, outputNorms } = config
  const { attentionInputs, attentionOutput, expansion, down } = layerProjections(config, layer)
  const paths = layerNorms(config, layer)
  const wide = [paths.attention, ...(outputNorms ? [paths.attentionOutput] : []), paths.mlp, paths.mlpOutput]
  return [
    ...wide.flatMap((path) => (path === undefined ? [] : [normSpec(config, path, hiddenSize)])),
    ...[paths.query, paths.key].flatMap((path) =>
      path === undefined ? [] : [{ ...normSpec(config, path, headDim), rowOrder: headOrder(config) }],
    ),
    ...[...attentionInputs, attentionOutput, ...expansion, down].flatMap(projectionSpecs),
  ]
}

function normSpec({ normOffset }: ModelConfig, path: string, size: number): WeightSpec {
  return { path, shape: [size], rowOrder: plain, initial: normOffset === 0 ? 'ones' : 'zeros' }
}

function projectionSpecs({ path, outFeatures, inFeatures, rowOrder, bias }: Projection): WeightSpec[] {
  const weight: WeightSpec = {
    path: `${path}.weight`,
    shape: [outFeatures, inFeatures],
    rowOrder,
    initial: 'normal',
  }
  if (!bias) return [weight]
  return [weight, { path: `${path}.bias`, shape: [outFeatures], rowOrder, initial: 'zeros' }]
}

/**
 * A configuration with fused or separate projections as the tensors of a checkpoint have them: some uploads split what
 * their `model_type` fuses.
 *
 * @param has whether the checkpoint has a tensor of a name
 */
export function fitToTensors(config: ModelConfig, has: (name: string) => boolean): ModelConfig {
  const holds = (changes: Partial<ModelConfig>, part: 'attentionInputs' | 'expansion'): boolean =>
    layerProjections({ ...config, ...changes }, 0)[part].every(({ path }) => has(`${path}.weight`))
  const fitted = (name: 'fusedQueryKeyValue' | 'fusedGateUp', part: 'attentionInputs' | 'expansion') =>
    [config[name], !config[name]].find((fused) => holds({ [name]: fused }, part)) ?? config[name]
  return {
    ...config,
    fusedQueryKeyValue: fitted('fusedQueryKeyValue', 'attentionInputs'),
    fusedGateUp: fitted('fusedGateUp', 'expansion'),
  }
}
