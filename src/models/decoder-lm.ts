import { MedtuneError } from '../errors.js'
import { headLoss, type LabelledRows } from '../tensors/fused/head-loss.js'
import type { Ops, Tensor } from '../tensors/ops.js'
import { attentionProbabilities } from './attention-probabilities.js'
import type { CausalLM, GradientOptions, LayerAttention, TokenBatch } from './causal-lm.js'
import { decodeTokens, peekTokens } from './decode-tokens.js'
import {
  type DecoderStack,
  finalHidden,
  headLogits,
  headWeight,
  runLayers,
  stackParameters,
  tablesFor,
} from './decoder-stack.js'
import { KVCache } from './kv-cache.js'
import { type DenseLinear, hasDenseWeight } from './layers/dense-linear.js'
import type { Linear } from './layers/linear.js'
import { type DenseWeight, productMatrix } from './layers/linear-weight.js'
import type { ModelConfig } from './model-config.js'
import type { Parameter } from './parameter.js'
import { checkTokenIds, labelledRows, packRows, type TokenRows } from './token-rows.js'
import { trainingPass } from './training-pass.js'

/** Rows of logits that exist at a time while all are read. */
const logitRowsPerRead = 256

/** A decoder-only language model on a backend. */
export class DecoderLM implements CausalLM {
  readonly config: ModelConfig
  readonly ops: Ops

  constructor(
    private readonly stack: DecoderStack,
    readonly nameOrPath: string,
  ) {
    this.config = stack.config
    this.ops = stack.ops
  }

  parameters(): readonly Parameter[] {
    return stackParameters(this.stack)
  }

  linears(): ReadonlyMap<string, Linear> {
    const { layers, head } = this.stack
    const linears = [...layers.flatMap((layer) => layer.linears()), ...(head === undefined ? [] : [head])]
    return new Map(linears.map((linear) => [linear.path, linear]))
  }

  replaceLinear(path: string, linear: Linear): void {
    if (linear.path !== path) {
      throw new MedtuneError('INTERNAL', `A Linear named ${linear.path} cannot take the place of ${path}.`)
    }
    if (path === this.stack.head?.path) {
      this.stack.head = denseHead(linear)
      return
    }
    if (this.stack.layers.some((layer) => layer.replaceLinear(linear))) return
    throw new MedtuneError('INVALID_ARGUMENT', `${path} is not a linear layer of this model.`)
  }

  async logits(
    inputIds: readonly (readonly number[])[],
  ): Promise<{ data: Float32Array; shape: readonly number[] }> {
    const { ops } = this
    const { vocabSize } = this.config
    const rows = this.packInput(inputIds)
    const hidden = ops.keep(this.hiddenStates(rows.data, rows.batchSize))
    const data = new Float32Array(rows.data.length * vocabSize)
    try {
      for (let begin = 0; begin < rows.data.length; begin += logitRowsPerRead) {
        const count = Math.min(logitRowsPerRead, rows.data.length - begin)
        const part = await this.readAndFree(this.logitsOfRows(hidden, begin, count))
        data.set(part, begin * vocabSize)
      }
    } finally {
      ops.free(hidden)
    }
    return { data, shape: [rows.batchSize, rows.length, vocabSize] }
  }

  async loss(
    inputIds: readonly (readonly number[])[],
    labels: readonly (readonly number[])[],
  ): Promise<number> {
    const rows = this.packInput(inputIds)
    const labelled = this.labelled(rows, packRows('labels', labels))
    if (labelled.rows.length === 0) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        'labels must hold at least one value other than -100 after the first position.',
      )
    }
    return sumFloat64(await this.lossesOfRows(rows, labelled)) / labelled.rows.length
  }

  async labelLosses(inputIds: readonly (readonly number[])[], targets: LabelledRows): Promise<Float32Array> {
    const rows = this.packInput(inputIds)
    const { rows: positions, labels } = targets
    checkTokenIds('labels', labels, this.config.vocabSize)
    const isRow = (row: number): boolean => row >= 0 && row < rows.data.length
    if (labels.length === 0 || labels.length !== positions.length || !positions.every(isRow)) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `targets must be one label or more with a position from 0 to ${rows.data.length - 1} each; got ${labels.length} labels and ${positions.length} positions.`,
      )
    }
    return this.lossesOfRows(rows, targets)
  }

  async batchLoss(batch: TokenBatch): Promise<{ lossSum: number; labelCount: number }> {
    const labelled = this.labelledOf(batch)
    const labelCount = labelled.rows.length
    if (labelCount === 0) return { lossSum: 0, labelCount }
    const { inputIds: data, batchSize, length, segmentIds } = batch
    const losses = await this.lossesOfRows({ data, batchSize, length }, labelled, segmentIds)
    return { lossSum: sumFloat64(losses), labelCount }
  }

  async lossAndGradients(
    batch: TokenBatch,
    options: GradientOptions,
  ): Promise<{ lossSum: number; labelCount: number }> {
    const labelled = this.labelledOf(batch)
    const labelCount = labelled.rows.length
    if (labelCount === 0) return { lossSum: 0, labelCount }
    const losses = trainingPass(this.stack, batch, labelled, options)
    return { lossSum: sumFloat64(await this.readAndFree(losses)), labelCount }
  }

  async attentions(
    inputIds: readonly (readonly number[])[],
    layers: readonly number[],
  ): Promise<LayerAttention[]> {
    return attentionProbabilities(this.stack, this.packInput(inputIds), layers)
  }

  createCache(): KVCache {
    return new KVCache(this.ops)
  }

  async decode(ids: readonly number[], cache: KVCache): Promise<Float32Array> {
    const { data } = this.packInput([ids])
    return this.readAndFree(decodeTokens(this.stack, data, cache))
  }

  async peek(ids: readonly number[], cache: KVCache): Promise<Float32Array> {
    const { data } = this.packInput([ids])
    return this.readAndFree(peekTokens(this.stack, data, cache))
  }

  hiddenStates(inputIds: Int32Array, batchSize: number, segmentIds?: Int32Array): Tensor {
    const { ops, stack } = this
    const rows = { data: inputIds, batchSize, length: inputIds.length / batchSize }
    this.checkRows(rows)
    return ops.scope(() => {
      const x = runLayers(stack, { ops }, inputIds, tablesFor(stack, { ...rows, segmentIds }))
      return finalHidden(stack, { ops }, x)
    })
  }

  dispose(): void {
    // A Linear may hold more than its parameters: an adapter keeps a merged weight while decoding.
    for (const linear of this.linears().values()) linear.dispose(this.ops)
    for (const parameter of this.parameters()) this.ops.free(parameter.value)
  }

  /** Cross-entropy of labels, float32 [n]. */
  private lossesOfRows(
    { data, batchSize }: TokenRows,
    targets: LabelledRows,
    segmentIds?: Int32Array,
  ): Promise<Float32Array> {
    const { ops } = this
    const losses = ops.scope(() => {
      const hidden = this.hiddenStates(data, batchSize, segmentIds)
      const options = { softCap: this.config.finalSoftCap }
      return headLoss(ops, hidden, productMatrix(ops, headWeight(this.stack)), targets, options).losses
    })
    return this.readAndFree(losses)
  }

  /** Logits of `count` rows of hidden states from `begin` on: float32 [count, V]. */
  private logitsOfRows(hidden: Tensor, begin: number, count: number): Tensor {
    const { ops } = this
    return ops.scope(() => {
      const rows = ops.slice(hidden, [begin, 0], [count, -1]) // [count, E]
      return headLogits(this.stack, rows) // [count, V]
    })
  }

  private async readAndFree(tensor: Tensor): Promise<Float32Array> {
    this.ops.keep(tensor)
    try {
      return await this.ops.read(tensor)
    } finally {
      this.ops.free(tensor)
    }
  }

  private packInput(inputIds: readonly (readonly number[])[]): TokenRows {
    const rows = packRows('inputIds', inputIds)
    checkTokenIds('inputIds', rows.data, this.config.vocabSize)
    return rows
  }

  private checkRows({ data, batchSize, length }: TokenRows): void {
    if (data.length === 0 || data.length !== batchSize * length) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `inputIds must hold batchSize × length ids; got ${data.length} for ${batchSize} × ${length}.`,
      )
    }
    checkTokenIds('inputIds', data, this.config.vocabSize)
  }

  private labelledOf({ inputIds, labels, batchSize, length, segmentIds }: TokenBatch): LabelledRows {
    const rows = { data: inputIds, batchSize, length }
    this.checkRows(rows)
    if (segmentIds !== undefined && segmentIds.length !== inputIds.length) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `segmentIds must have one id for each of ${inputIds.length} tokens; got ${segmentIds.length}.`,
      )
    }
    return this.labelled(rows, { ...rows, data: labels }, segmentIds)
  }

  private labelled(ids: TokenRows, labels: TokenRows, segmentIds?: Int32Array): LabelledRows {
    if (labels.data.length !== ids.data.length || labels.length !== ids.length) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        'labels must have the shape of inputIds. Pad them with -100.',
      )
    }
    return labelledRows(labels.data, labels.length, this.config.vocabSize, segmentIds)
  }
}

/** The head's loss works on its weight directly, so it must be one dense matrix. */
function denseHead(linear: Linear): DenseLinear<DenseWeight> {
  if (hasDenseWeight(linear)) return linear
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `${linear.path} is the output head and cannot carry an adapter. Remove it from targetModules.`,
  )
}

function sumFloat64(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}
