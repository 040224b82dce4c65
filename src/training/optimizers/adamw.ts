import { MedtuneError } from '../../errors.js'
import type { Ops, Tensor } from '../../tensors/ops.js'
import { elements, flatten, type ParameterGroup, unflatten } from './flat-vector.js'
import type { Optimizer, OptimizerState, UpdateOptions } from './optimizer.js'

export interface AdamWOptions {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}

interface Moments {
  m: Tensor
  v: Tensor
}

/**
 * Adam with decoupled weight decay, as PyTorch computes it:
 *
 *     w ← w (1 − lr·wd);  m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²
 *     w ← w − lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * @see Loshchilov & Hutter, "Decoupled Weight Decay Regularization" (2019)
 */
export class AdamW implements Optimizer {
  private readonly moments: Moments[]
  private updates = 0

  constructor(
    private readonly ops: Ops,
    readonly groups: readonly ParameterGroup[],
    private readonly options: AdamWOptions,
  ) {
    this.moments = groups.map(({ parameters }) => {
      const n = parameters.reduce((sum, { value }) => sum + elements(value), 0)
      return { m: ops.keep(ops.full([n], 0)), v: ops.keep(ops.full([n], 0)) }
    })
  }

  update(gradients: readonly Tensor[], options: UpdateOptions): void {
    this.updates++
    this.groups.forEach((group, i) => {
      const moments = this.moments[i]
      const gradient = gradients[i]
      if (moments === undefined || gradient === undefined) {
        throw new MedtuneError('INTERNAL', `AdamW needs ${this.groups.length} gradient vectors.`)
      }
      this.updateGroup(group, moments, gradient, options)
    })
  }

  async readState(): Promise<OptimizerState> {
    const vectors = new Map<string, Float32Array>()
    for (const [i, { m, v }] of this.moments.entries()) {
      vectors.set(`exp_avg.${i}`, await this.ops.read(m))
      vectors.set(`exp_avg_sq.${i}`, await this.ops.read(v))
    }
    return { updates: this.updates, vectors }
  }

  restoreState({ updates, vectors }: OptimizerState): void {
    this.updates = updates
    for (const [i, moments] of this.moments.entries()) {
      this.restoreVector(moments, 'm', vectors.get(`exp_avg.${i}`))
      this.restoreVector(moments, 'v', vectors.get(`exp_avg_sq.${i}`))
    }
  }

  dispose(): void {
    for (const { m, v } of this.moments) this.ops.free(m, v)
  }

  private restoreVector(
    moments: Moments,
    name: 'm' | 'v',
    data: Float32Array | Uint8Array | undefined,
  ): void {
    const n = elements(moments[name])
    if (!(data instanceof Float32Array) || data.length !== n) {
      throw new MedtuneError(
        'INVALID_ARGUMENT',
        `the optimizer state must have ${n} values per vector; got ${data?.length ?? 0}. Resume with the same model and adapter.`,
      )
    }
    this.ops.free(moments[name])
    moments[name] = this.ops.keep(this.ops.upload(data, [n]))
  }

  private updateGroup(
    { parameters, weightDecay }: ParameterGroup,
    moments: Moments,
    gradient: Tensor,
    { learningRate, gradientScale }: UpdateOptions,
  ): void {
    const { ops } = this
    const { beta1, beta2 } = this.options
    const key = `adamw(${beta1},${beta2},${this.options.epsilon},${weightDecay})`
    const step = ops.trace(key, (inputs) => this.step(inputs, weightDecay))
    const values = parameters.map(({ value }) => value)
    const [newM, newV, ...updated] = ops.scope(() => {
      const scalars = [
        gradientScale,
        learningRate,
        1 / (1 - beta1 ** this.updates),
        1 / (1 - beta2 ** this.updates),
      ].map((value) => ops.upload(Float32Array.of(value), [1]))
      return step([moments.m, moments.v, gradient, ...scalars, ...values])
    }) as [Tensor, Tensor, ...Tensor[]]
    ops.free(moments.m, moments.v, ...values)
    moments.m = ops.keep(newM)
    moments.v = ops.keep(newV)
    for (const [i, parameter] of parameters.entries()) parameter.value = ops.keep(updated[i] as Tensor)
  }

  /** [m, v, g, gradient scale, lr, 1/(1 − β₁ᵗ), 1/(1 − β₂ᵗ), …w] → [m, v, …w]. Pure: a backend may record it. */
  private step(inputs: readonly Tensor[], weightDecay: number): Tensor[] {
    const { ops } = this
    const { beta1, beta2, epsilon } = this.options
    const [m, v, gradient, scale, learningRate, correction1, correction2, ...values] = inputs as [
      ...[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor],
      ...Tensor[],
    ]
    return ops.scope(() => {
      const g = ops.mul(gradient, scale)
      const newM = ops.add(ops.scale(m, beta1), ops.scale(g, 1 - beta1))
      const newV = ops.add(ops.scale(v, beta2), ops.scale(ops.square(g), 1 - beta2))
      const w = ops.scope(() => {
        const denominator = ops.addScalar(ops.sqrt(ops.mul(newV, correction2)), epsilon)
        const change = ops.div(ops.mul(newM, ops.mul(learningRate, correction1)), denominator)
        const old = flatten(ops, values)
        const decayed =
          weightDecay === 0 ? old : ops.mul(old, ops.addScalar(ops.scale(learningRate, -weightDecay), 1))
        return ops.sub(decayed, change)
      })
      return [newM, newV, ...unflatten(ops, w, values)]
    })
  }
}
