import { MedtuneError } from '../../errors.js'
import type { Ops } from '../../tensors/ops.js'
import type { Architecture, WeightSpec } from '../architecture.js'
import type { ConfigFields } from '../config-fields.js'
import type { DecoderStack } from '../decoder-stack.js'
import { Attention } from '../layers/attention.js'
import { DecoderLayer } from '../layers/decoder-layer.js'
import { DenseLinear } from '../layers/dense-linear.js'
import { Embedding } from '../layers/embedding.js'
import type { RowOrder } from '../layers/linear.js'
import { Mlp } from '../layers/mlp.js'
import { RMSNorm } from '../layers/rms-norm.js'
import { rotaryFrequencies } from '../layers/rotary-embedding.js'
import { type ModelConfig, readModelConfig } from '../model-config.js'
import type { Parameter } from '../parameter.js'

/**
 * Llama 1 to 3.2 and models of the same form (SmolLM, TinyLlama …): RMSNorm, rotary positions, grouped key/value heads,
 * SwiGLU, tied or untied head.
 *
 * @see Touvron et al., "LLaMA" (2023); Grattafiori et al., "The Llama 3 Herd of Models" (2024)
 */
export const llama: Architecture = {
  modelType: 'llama',
  readConfig,
  weightSpecs,
  // Old checkpoints store the rotary frequencies, and some a copy of the tied head.
  mayIgnore: (path, config) =>
    path.endsWith('.rotary_emb.inv_freq') || (config.tieWordEmbeddings && path === headPath),
  assemble,
}

const embeddingPath = 'model.embed_tokens.weight'
const finalNormPath = 'model.norm.weight'
const headPath = 'lm_head.weight'
const plain: RowOrder = { kind: 'plain' }

function readConfig(fields: ConfigFields): ModelConfig {
  if (fields.string('hidden_act', 'silu') !== 'silu') throw fields.unsupported('hidden_act', 'silu')
  if (fields.number('attention_dropout', { fallback: 0 }) !== 0) {
    throw fields.unsupported('attention_dropout', '0')
  }
  for (const rope of [fields, fields.object('rope_parameters')]) {
    if (rope !== undefined && rope.number('partial_rotary_factor', { fallback: 1 }) !== 1) {
      throw rope.unsupported('partial_rotary_factor', '1')
    }
  }
  if (fields.has('quantization_config')) throw fields.unsupported('quantization_config', 'none')
  return readModelConfig(fields)
}

/** A projection of a layer: where it is, its sizes and its rows. */
interface Projection {
  readonly path: string
  readonly outFeatures: number
  readonly inFeatures: number
  readonly rowOrder: RowOrder
  readonly bias: boolean
}

function attentionProjections(
  config: ModelConfig,
  layer: number,
): Record<'query' | 'key' | 'value' | 'output', Projection> {
  const { hiddenSize, numAttentionHeads, numKeyValueHeads, headDim, attentionBias: bias } = config
  const prefix = `model.layers.${layer}.self_attn`
  const queryWidth = numAttentionHeads * headDim
  const keyWidth = numKeyValueHeads * headDim
  const rotary: RowOrder = { kind: 'rotary', headSize: headDim }
  const inFeatures = hiddenSize
  return {
    query: { path: `${prefix}.q_proj`, outFeatures: queryWidth, inFeatures, rowOrder: rotary, bias },
    key: { path: `${prefix}.k_proj`, outFeatures: keyWidth, inFeatures, rowOrder: rotary, bias },
    value: { path: `${prefix}.v_proj`, outFeatures: keyWidth, inFeatures, rowOrder: plain, bias },
    output: {
      path: `${prefix}.o_proj`,
      outFeatures: hiddenSize,
      inFeatures: queryWidth,
      rowOrder: plain,
      bias,
    },
  }
}

function mlpProjections(config: ModelConfig, layer: number): Record<'gate' | 'up' | 'down', Projection> {
  const { hiddenSize, intermediateSize, mlpBias: bias } = config
  const prefix = `model.layers.${layer}.mlp`
  const expand = { outFeatures: intermediateSize, inFeatures: hiddenSize, rowOrder: plain, bias }
  const contract = { outFeatures: hiddenSize, inFeatures: intermediateSize, rowOrder: plain, bias }
  return {
    gate: { path: `${prefix}.gate_proj`, ...expand },
    up: { path: `${prefix}.up_proj`, ...expand },
    down: { path: `${prefix}.down_proj`, ...contract },
  }
}

function inputNormPath(layer: number): string {
  return `model.layers.${layer}.input_layernorm.weight`
}

function postAttentionNormPath(layer: number): string {
  return `model.layers.${layer}.post_attention_layernorm.weight`
}

function weightSpecs(config: ModelConfig): WeightSpec[] {
  const { hiddenSize, vocabSize, numHiddenLayers, tieWordEmbeddings } = config
  const norm = (path: string): WeightSpec => ({ path, shape: [hiddenSize], rowOrder: plain, initial: 'ones' })
  const table = (path: string): WeightSpec => ({
    path,
    shape: [vocabSize, hiddenSize],
    rowOrder: plain,
    initial: 'normal',
  })
  const layers = Array.from({ length: numHiddenLayers }, (_, layer) => [
    norm(inputNormPath(layer)),
    ...Object.values(attentionProjections(config, layer)).flatMap(projectionSpecs),
    norm(postAttentionNormPath(layer)),
    ...Object.values(mlpProjections(config, layer)).flatMap(projectionSpecs),
  ])
  return [
    table(embeddingPath),
    ...layers.flat(),
    norm(finalNormPath),
    ...(tieWordEmbeddings ? [] : [table(headPath)]),
  ]
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

function assembleLayer(
  config: ModelConfig,
  layer: number,
  weight: (path: string) => Parameter,
): DecoderLayer {
  const { rmsNormEps, numAttentionHeads, numKeyValueHeads } = config
  const linear = ({ path, rowOrder, bias }: Projection): DenseLinear =>
    new DenseLinear({
      path,
      rowOrder,
      weight: weight(`${path}.weight`),
      bias: bias ? weight(`${path}.bias`) : undefined,
    })
  const { query, key, value, output } = attentionProjections(config, layer)
  const { gate, up, down } = mlpProjections(config, layer)
  const attentionLinears = {
    query: linear(query),
    key: linear(key),
    value: linear(value),
    output: linear(output),
  }
  return new DecoderLayer({
    inputNorm: new RMSNorm(weight(inputNormPath(layer)), rmsNormEps),
    attention: new Attention(attentionLinears, numAttentionHeads, numKeyValueHeads),
    postAttentionNorm: new RMSNorm(weight(postAttentionNormPath(layer)), rmsNormEps),
    mlp: new Mlp({ gate: linear(gate), up: linear(up), down: linear(down) }),
  })
}

function assemble(config: ModelConfig, ops: Ops, weights: ReadonlyMap<string, Parameter>): DecoderStack {
  const weight = (path: string): Parameter => {
    const parameter = weights.get(path)
    if (parameter === undefined) throw new MedtuneError('INTERNAL', `No weight was given for ${path}.`)
    return parameter
  }
  return {
    config,
    ops,
    embedding: new Embedding(weight(embeddingPath)),
    layers: Array.from({ length: config.numHiddenLayers }, (_, layer) =>
      assembleLayer(config, layer, weight),
    ),
    finalNorm: new RMSNorm(weight(finalNormPath), config.rmsNormEps),
    head: config.tieWordEmbeddings
      ? undefined
      : new DenseLinear({ path: 'lm_head', weight: weight(headPath) }),
    frequencies: rotaryFrequencies(config),
  }
}
