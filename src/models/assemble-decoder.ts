import { MedtuneError } from '../errors.js'
import type { Ops } from '../tensors/ops.js'
import {
  embeddingPath,
  finalNormPath,
  headPath,
  layerNorms,
  layerProjections,
  type Projection,
} from './decoder-modules.js'
import type { DecoderStack } from './decoder-stack.js'
import { Attention } from './layers/attention.js'
import { DecoderLayer } from './layers/decoder-layer.js'
import { DenseLinear } from './layers/dense-linear.js'
import { Embedding } from './layers/embedding.js'
import type { Linear } from './layers/linear.js'
import { DenseWeight, type LinearWeight } from './layers/linear-weight.js'
import { Mlp } from './layers/mlp.js'
import { Projections } from './layers/projections.js'
import { RMSNorm } from './layers/rms-norm.js'
import { type RotaryRule, rotaryRule } from './layers/rotary-embedding.js'
import type { AttentionKind } from './layers/sequence-tables.js'
import type { ModelConfig } from './model-config.js'
import type { Parameter } from './parameter.js'

/** Makes what a layer holds from the tensors of a checkpoint. */
interface Parts {
  norm(path: string): RMSNorm
  linear(projection: Projection): Linear
}

/**
 * The layers of a decoder from its weights.
 *
 * @param weights every tensor of `decoderWeightSpecs`, by path
 * @param packed matrices of its layers that are not dense; they take the place of those in `weights`
 */
export function assembleDecoder(
  config: ModelConfig,
  ops: Ops,
  weights: ReadonlyMap<string, Parameter>,
  packed: ReadonlyMap<string, LinearWeight> = new Map(),
): DecoderStack {
  const weight = (path: string): Parameter => {
    const parameter = weights.get(path)
    if (parameter === undefined) throw new MedtuneError('INTERNAL', `No weight was given for ${path}.`)
    return parameter
  }
  const normRule = { epsilon: config.rmsNormEps, offset: config.normOffset }
  const parts: Parts = {
    norm: (path) => new RMSNorm(weight(path), normRule),
    linear: ({ path, rowOrder, bias }) =>
      new DenseLinear({
        path,
        rowOrder,
        weight: packed.get(`${path}.weight`) ?? new DenseWeight(weight(`${path}.weight`)),
        bias: bias ? weight(`${path}.bias`) : undefined,
      }),
  }
  return {
    config,
    ops,
    embedding: new Embedding(weight(embeddingPath), config.embeddingScale),
    layers: config.slidingLayers.map((_, layer) => assembleLayer(config, layer, parts)),
    finalNorm: parts.norm(finalNormPath),
    head: config.tieWordEmbeddings
      ? undefined
      : new DenseLinear({ path: 'lm_head', weight: new DenseWeight(weight(headPath)) }),
    attentionKinds: attentionKinds(config),
  }
}

function assembleLayer(config: ModelConfig, layer: number, { norm, linear }: Parts): DecoderLayer {
  const { numAttentionHeads: heads, numKeyValueHeads: shared } = config
  const { attentionInputs, attentionOutput, expansion, down } = layerProjections(config, layer)
  const paths = layerNorms(config, layer)
  const optional = (path: string | undefined): RMSNorm | undefined =>
    path === undefined ? undefined : norm(path)
  return new DecoderLayer({
    attentionNorm: norm(paths.attention),
    attention: new Attention({
      inputs: new Projections(attentionInputs.map(linear), [heads, shared, shared]),
      output: linear(attentionOutput),
      queryNorm: optional(paths.query),
      keyNorm: optional(paths.key),
      softCap: config.attentionSoftCap,
    }),
    attentionOutputNorm: config.outputNorms ? norm(paths.attentionOutput) : undefined,
    mlpNorm: norm(paths.mlp),
    mlp: new Mlp(new Projections(expansion.map(linear), [1, 1]), linear(down), config.hiddenActivation),
    mlpOutputNorm: optional(paths.mlpOutput),
    attentionKind: attentionKindIndex(config, layer),
  })
}

/** Kinds of attention: that of layers that see every token, then that of sliding ones. */
function attentionKinds(config: ModelConfig): AttentionKind[] {
  const rotary = rotaryRule(config, config)
  const slidingRotary: RotaryRule =
    config.slidingRope === undefined ? rotary : rotaryRule(config, config.slidingRope)
  const full: AttentionKind = { rotary, window: undefined }
  const sliding: AttentionKind = { rotary: slidingRotary, window: config.slidingWindow }
  // Kinds that no layer has need no tables.
  if (!config.slidingLayers.includes(true)) return [full]
  return config.slidingLayers.includes(false) ? [full, sliding] : [sliding]
}

function attentionKindIndex({ slidingLayers }: ModelConfig, layer: number): number {
  return slidingLayers.includes(false) && slidingLayers[layer] === true ? 1 : 0
}
