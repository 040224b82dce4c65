import { MedtuneError } from '../../errors.js'
import type { Ops, Tensor } from '../../tensors/ops.js'
import { AdamW, type AdamWOptions } from './adamw.js'
import { BlockCodec, type BlockQuantized, stateBlockSize } from './block-quantized.js'
import {
  alignParts,
  elements,
  flatten,
  gapAfter,
  joinParts,
  type ParameterGroup,
  unflatten,
} from './flat-vector.js'
import type { Optimizer, OptimizerState, UpdateOptions } from './optimizer.js'

/** Parameters with fewer values keep float32 moments: they save little, and small ones are the sensitive ones. */
const leastQuantized = 4096

interface QuantizedGroup {
  readonly group: ParameterGroup
  readonly sizes: readonly number[]
  readonly blocks: number
  m: BlockQuantized
  v: BlockQuantized
}

/**
 * AdamW whose moments are kept in 8 bits, in blocks of 256 values, as bitsandbytes computes it:
 *
 *     m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²
 *     w ← (w − lr · √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + √(1 − β₂ᵗ) ε)) (1 − lr·wd)
 *
 * Each parameter has blocks of its own. Two bytes of state per value instead of eight.
 *
 * @see Dettmers et al., "8-bit Optimizers via Block-wise Quantization" (2022)
 */
export class AdamW8bit implements Optimizer {
  readonly groups: readonly ParameterGroup[]
  private readonly quantized: readonly QuantizedGroup[]
  private readonly small: AdamW
  private readonly signed: BlockCodec
  private readonly unsigned: BlockCodec
  private updates = 0

  constructor(
    private readonly ops: Ops,
    groups: readonly ParameterGroup[],
    private readonly options: AdamWOptions,
  ) {
    const isLarge = ({ value }: { value: Tensor }): boolean => elements(value) >= leastQuantized
    const part = (large: boolean): ParameterGroup[] =>
      groups
        .map(({ parameters, weightDecay }) => ({
          parameters: parameters.filter((parameter) => isLarge(parameter) === large),
          weightDecay,
        }))
        .filter(({ parameters }) => parameters.length > 0)
    this.signed = new BlockCodec(ops, { signed: true })
    this.unsigned = new BlockCodec(ops, { signed: false })
    this.quantized = part(true).map((group) => this.begin(group))
    this.small = new AdamW(ops, part(false), options)
    this.groups = [...this.quantized.map(({ group }) => group), ...this.small.groups]
  }

  update(gradients: readonly Tensor[], options: UpdateOptions): void {
    if (gradients.length !== this.groups.length) {
      throw new MedtuneError('INTERNAL', `AdamW8bit needs ${this.groups.length} gradient vectors.`)
    }
    this.updates++
    for (const [i, group] of this.quantized.entries())
      this.updateGroup(group, gradients[i] as Tensor, options)
    this.small.update(gradients.slice(this.quantized.length), options)
  }

  async readState(): Promise<OptimizerState> {
    const { vectors } = await this.small.readState()
    const all = new Map(vectors)
    for (const [i, { m, v }] of this.quantized.entries()) {
      for (const entry of await this.signed.read(m, meanName(i))) all.set(...entry)
      for (const entry of await this.unsigned.read(v, squareName(i))) all.set(...entry)
    }
    return { updates: this.updates, vectors: all }
  }

  restoreState(state: OptimizerState): void {
    this.small.restoreState(state)
    this.updates = state.updates
    for (const [i, group] of this.quantized.entries()) {
      const m = this.signed.restore(state.vectors, meanName(i), group.blocks)
      const v = this.unsigned.restore(state.vectors, squareName(i), group.blocks)
      this.replace(group, m, v)
    }
  }

  dispose(): void {
    for (const { m, v } of this.quantized) this.ops.free(m.codes, m.maxima, v.codes, v.maxima)
    this.small.dispose()
    this.signed.dispose()
    this.unsigned.dispose()
  }

  private begin(group: ParameterGroup): QuantizedGroup {
    const sizes = group.parameters.map(({ value }) => elements(value))
    const blocks = sizes.reduce(
      (sum, size) => sum + (size + gapAfter(size, stateBlockSize)) / stateBlockSize,
      0,
    )
    return { group, sizes, blocks, m: this.signed.zeros(blocks), v: this.unsigned.zeros(blocks) }
  }

  private replace(group: QuantizedGroup, m: BlockQuantized, v: BlockQuantized): void {
    const { ops } = this
    ops.free(group.m.codes, group.m.maxima, group.v.codes, group.v.maxima)
    for (const tensor of [m.codes, m.maxima, v.codes, v.maxima]) ops.keep(tensor)
    group.m = m
    group.v = v
  }

  private updateGroup(
    quantized: QuantizedGroup,
    gradient: Tensor,
    { learningRate, gradientScale }: UpdateOptions,
  ): void {
    const { ops, signed, unsigned } = this
    const { beta1, beta2, epsilon } = this.options
    const { parameters, weightDecay } = quantized.group
    const { m, v } = quantized
    const values = parameters.map(({ value }) => value)
    const correction = Math.sqrt(1 - beta2 ** this.updates)
    const step = ops.trace(`adamw8bit(${beta1},${beta2})`, (inputs) => this.step(inputs, quantized))
    const results = ops.scope(() => {
      const scalars = [
        gradientScale,
        (learningRate * correction) / (1 - beta1 ** this.updates),
        correction * epsilon,
        1 - learningRate * weightDecay,
      ].map((value) => ops.upload(Float32Array.of(value), [1]))
      const states = [m.codes, m.maxima, v.codes, v.maxima]
      return step([gradient, ...scalars, ...states, ...signed.tensors, ...unsigned.tensors, ...values])
    }) as [Tensor, Tensor, Tensor, Tensor, ...Tensor[]]
    const [mCodes, mMaxima, vCodes, vMaxima, ...updated] = results
    this.replace(quantized, { codes: mCodes, maxima: mMaxima }, { codes: vCodes, maxima: vMaxima })
    ops.free(...values)
    for (const [i, parameter] of parameters.entries()) parameter.value = ops.keep(updated[i] as Tensor)
  }

  /** [g, gradient scale, step size, ε, decay, codes and maxima of m and v, tables, …w] → [states of m and v, …w]. */
  private step(inputs: readonly Tensor[], { sizes }: QuantizedGroup): Tensor[] {
    const { ops, signed, unsigned } = this
    const { beta1, beta2 } = this.options
    const [gradient, scale, stepSize, epsilon, decay, ...rest] = inputs as [
      ...[Tensor, Tensor, Tensor, Tensor, Tensor],
      ...Tensor[],
    ]
    const [mCodes, mMaxima, vCodes, vMaxima] = rest as [Tensor, Tensor, Tensor, Tensor]
    const values = inputs.slice(-sizes.length)
    const parts = { sizes, blockSize: stateBlockSize }
    const aligned = (flat: Tensor): Tensor => ops.reshape(alignParts(ops, flat, parts), mCodes.shape)
    return ops.scope(() => {
      const g = aligned(ops.mul(gradient, scale)) // [blocks, 256]
      const oldM = signed.decode({ codes: mCodes, maxima: mMaxima })
      const oldV = unsigned.decode({ codes: vCodes, maxima: vMaxima })
      const m = ops.add(ops.scale(oldM, beta1), ops.scale(g, 1 - beta1))
      const v = ops.add(ops.scale(oldV, beta2), ops.scale(ops.square(g), 1 - beta2))
      const change = ops.div(ops.mul(m, stepSize), ops.add(ops.sqrt(v), epsilon))
      const w = ops.mul(ops.sub(aligned(flatten(ops, values)), change), decay)
      const joined = joinParts(ops, ops.reshape(w, [-1]), parts)
      const [mean, square] = [signed.encode(m), unsigned.encode(v)]
      const states = [mean.codes, mean.maxima, square.codes, square.maxima]
      return [...states, ...unflatten(ops, joined, values)]
    })
  }
}

const meanName = (group: number): string => `exp_avg_8bit.${group}`
const squareName = (group: number): string => `exp_avg_sq_8bit.${group}`
