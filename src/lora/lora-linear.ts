import { DenseLinear, hasDenseWeight, rowsByHead } from '../models/layers/dense-linear.js'
import type { Linear } from '../models/layers/linear.js'
import { DenseWeight } from '../models/layers/linear-weight.js'
import type { RowOrder } from '../models/layers/row-order.js'
import type { GradientSink, Parameter, RunContext } from '../models/parameter.js'
import { asDtype } from '../tensors/fused/as-dtype.js'
import { manyRowOps } from '../tensors/fused/many-rows.js'
import type { RowLinear } from '../tensors/one-token-layer.js'
import type { Ops, Tensor, TensorDtype } from '../tensors/ops.js'
import { Random } from '../tensors/random.js'
import type { LoraConfig } from './lora-config.js'
import { moduleSeed } from './module-seed.js'

/** Tokens from which a copy of the weight costs less than what it saves (processor, 135M shape: about 140). */
const fewestJoinedTokens = 128

interface LoraLinearOptions {
  readonly base: Linear
  /** float32 [R, inFeatures]. */
  readonly loraA: Parameter
  /** float32 [outFeatures, R], rows in the base's row order. */
  readonly loraB: Parameter
  /** s: loraAlpha / R or loraAlpha / √R. */
  readonly scale: number
  /** The settings of the whole adapter, which its file repeats. */
  readonly config: LoraConfig
}

/**
 * A Linear with a low-rank adapter: y = base(x) + s · (dropout(x) Aᵀ) Bᵀ.
 *
 * With many tokens in float32 it is cheaper to form W + s·B·A once per call and save the two thin products on the
 * activations; that weight is made again in backward rather than kept. Bfloat16 would round small updates away: there
 * y = [x, x Aᵀ] [W, s·B]ᵀ is one product with one rounding. Dropout acts on the adapter's branch alone, which is then
 * computed as written.
 *
 * @see Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021)
 */
export class LoraLinear implements Linear {
  readonly path: string
  readonly inFeatures: number
  readonly outFeatures: number
  readonly rowOrder: RowOrder
  readonly base: Linear
  readonly loraA: Parameter
  readonly loraB: Parameter
  readonly scale: number
  readonly config: LoraConfig
  private readonly dropout: number
  private decoding: Decoding | undefined

  constructor({ base, loraA, loraB, scale, config }: LoraLinearOptions) {
    this.path = base.path
    this.inFeatures = base.inFeatures
    this.outFeatures = base.outFeatures
    this.rowOrder = base.rowOrder
    this.base = base
    this.loraA = loraA
    this.loraB = loraB
    this.scale = scale
    this.config = config
    this.dropout = config.loraDropout
  }

  get dtype(): TensorDtype {
    return this.base.dtype
  }

  parameters(): readonly Parameter[] {
    return [...this.base.parameters(), this.loraA, this.loraB]
  }

  forward(context: RunContext, x: Tensor, heads?: number): Tensor {
    const { ops } = context
    return ops.scope(() => {
      const merged = this.mergedLinear(context, x)
      if (merged !== undefined) return merged.forward(context, x, heads)
      const { a, b } = this.factors(ops)
      const joined = this.joinedBase(context, x)
      if (joined !== undefined) return this.forwardJoined(ops, joined, x, { a, b }, heads)
      const y = this.base.forward(context, x, heads) // [N, out] or [heads, N, D]
      const xa = ops.matmul(this.dropped(context, x), a, { transposeB: true }) // [N, R]
      return ops.add(y, ops.matmul(xa, rowsByHead(ops, b, heads), { transposeB: true }))
    })
  }

  /** dB = s · dyᵀ (x Aᵀ),  dA = s · (dy B)ᵀ x,  dx = dy W + s · (dy B) A. */
  backward(
    context: RunContext,
    x: Tensor,
    dy: Tensor,
    needInputGradient: boolean,
    sink: GradientSink,
  ): Tensor | undefined {
    const { ops } = context
    return ops.scope(() => {
      const merged = needInputGradient ? this.mergedLinear(context, x) : undefined
      const joined = needInputGradient && merged === undefined ? this.joinedBase(context, x) : undefined
      if (joined !== undefined) return this.backwardJoined(ops, joined, x, dy, sink)
      const dxOfWeight =
        merged === undefined
          ? this.base.backward(context, x, dy, needInputGradient, sink)
          : this.backwardMerged(context, merged, x, dy, sink)
      const dropped = this.dropped(context, x)
      const { a, b } = this.factors(ops)
      const dyB = ops.matmul(dy, b) // [N, R], times s
      this.sinkGradients(ops, { dropped, a, dyB, dy }, sink)
      if (dxOfWeight === undefined || merged !== undefined) return dxOfWeight
      const dxOfAdapter = ops.matmul(dyB, a) // [N, in]
      return ops.add(dxOfWeight, this.dropped(context, dxOfAdapter))
    })
  }

  traceKey(context: RunContext): string | undefined {
    const base = this.base.traceKey(context)
    if (base === undefined || this.dropsInputs(context)) return undefined
    const trained = [this.loraA, this.loraB].map(({ trainable }) => (trainable ? 'trained' : 'frozen'))
    return `lora(${base},${this.scale},${trained.join(',')})`
  }

  /** W + s·B·A in the dtype that W is held in, [out, in]; owned by the open scope. */
  mergedWeight(ops: Ops, base: DenseLinear<DenseWeight>): Tensor {
    return ops.scope(() => {
      const b = ops.scale(this.loraB.value, this.scale)
      return base.weight.changedBy(ops, b, this.loraA.value)
    })
  }

  /**
   * The base with the merged weight where that is dense float32: others would round the adapter away. There A and s·B
   * stand beside it in the dtype of products. Kept from token to token until one of the values it was made from is
   * replaced.
   */
  forDecoding(ops: Ops): Linear {
    const { base, loraA, loraB, decoding } = this
    const dense = hasDenseWeight(base) && base.weight.parameter.value.dtype === 'float32' ? base : undefined
    const ofBase = dense === undefined ? [] : [dense.weight.parameter.value]
    const from = [...ofBase, loraA.value, loraB.value]
    if (decoding !== undefined && from.every((value, i) => value === decoding.from[i])) return decoding.linear
    this.endDecoding(ops)
    this.decoding = { from, ...(dense === undefined ? this.withFactors(ops) : this.withMerged(ops, dense)) }
    return this.decoding.linear
  }

  rowLinear(): RowLinear | undefined {
    const { base, loraA, loraB } = this
    const [a, b] = [loraA.value, loraB.value]
    const ready = this.scale === 1 && a.dtype === base.dtype && b.dtype === base.dtype
    const linear = ready ? base.rowLinear?.() : undefined
    return linear && { ...linear, adapter: { a, b } }
  }

  endDecoding(ops: Ops): void {
    ops.free(...(this.decoding?.made ?? []))
    this.decoding = undefined
  }

  holdWeight(ops: Ops): void {
    this.base.holdWeight(ops)
  }

  releaseWeight(ops: Ops): void {
    this.base.releaseWeight(ops)
  }

  /** Frees the adapter and leaves the base as it is. */
  disposeAdapter(ops: Ops): void {
    this.endDecoding(ops)
    ops.free(this.loraA.value, this.loraB.value)
  }

  dispose(ops: Ops): void {
    this.disposeAdapter(ops)
    this.base.dispose(ops)
  }

  private sinkGradients(
    ops: Ops,
    { dropped, a, dyB, dy }: { dropped: Tensor; a: Tensor; dyB: Tensor; dy: Tensor },
    sink: GradientSink,
  ): void {
    const asFloat32 = (gradient: Tensor): Tensor => asDtype(ops, gradient, 'float32')
    if (this.loraB.trainable) {
      const xa = ops.matmul(dropped, a, { transposeB: true }) // [N, R]
      const dB = ops.matmul(dy, xa, { transposeA: true }) // [out, R]
      sink(this.loraB, ops.scale(asFloat32(dB), this.scale))
    }
    if (this.loraA.trainable) sink(this.loraA, asFloat32(ops.matmul(dyB, dropped, { transposeA: true }))) // [R, in]
  }

  /**
   * The base where its weight takes s·B beside it: not in float32, not under dropout, and not for few tokens or on a
   * graphics card, where the copy of the weight costs more than a product and a sum of their own.
   */
  private joinedBase(context: RunContext, x: Tensor): DenseLinear | undefined {
    const { base } = this
    if ((x.shape[0] ?? 0) < fewestJoinedTokens || context.ops.name === 'cuda') return undefined
    if (!(base instanceof DenseLinear) || base.dtype === 'float32' || this.dropsInputs(context))
      return undefined
    return base
  }

  /** y = [x, x Aᵀ] [W, s·B]ᵀ */
  private forwardJoined(
    ops: Ops,
    base: DenseLinear,
    x: Tensor,
    { a, b }: Factors,
    heads: number | undefined,
  ): Tensor {
    const xa = ops.matmul(x, a, { transposeB: true }) // [N, R]
    const weight = ops.concat([base.weight.matrix(ops), b], 1) // [out, in + R]
    const y = ops.matmul(ops.concat([x, xa], 1), rowsByHead(ops, weight, heads), { transposeB: true })
    return base.withBias(ops, y, heads)
  }

  /** dx = [dy, dy (s·B)] [W; A], or the same as two products where one operation adds the thin one in float32. */
  private backwardJoined(ops: Ops, base: DenseLinear, x: Tensor, dy: Tensor, sink: GradientSink): Tensor {
    base.sinkGradients(ops, x, dy, sink)
    const { a, b } = this.factors(ops)
    const dyB = ops.matmul(dy, b) // [N, R]
    this.sinkGradients(ops, { dropped: x, a, dyB, dy }, sink)
    const many = manyRowOps(ops, dy.dtype)
    if (many !== undefined) {
      const dxOfWeight = ops.matmul(dy, base.weight.matrix(ops)) // [N, in]
      return many.addLowRank(dxOfWeight, dyB, a, 'float32')
    }
    const weight = ops.concat([base.weight.matrix(ops), a], 0) // [out + R, in]
    return ops.matmul(ops.concat([dy, dyB], 1), weight) // [N, in]
  }

  private backwardMerged(
    context: RunContext,
    merged: DenseLinear,
    x: Tensor,
    dy: Tensor,
    sink: GradientSink,
  ): Tensor | undefined {
    this.base.backward(context, x, dy, false, sink)
    return merged.backward(context, x, dy, true, sink)
  }

  /** The base with the merged weight where that is exact and pays; undefined otherwise. */
  private mergedLinear(context: RunContext, x: Tensor): DenseLinear | undefined {
    const { base, inFeatures, outFeatures } = this
    if (!hasDenseWeight(base) || base.dtype !== 'float32' || this.dropsInputs(context)) return undefined
    const tokens = x.shape[0] ?? 0
    const pays = tokens * (inFeatures + outFeatures) > inFeatures * outFeatures
    if (!pays) return undefined
    return this.withWeight(base, this.mergedWeight(context.ops, base))
  }

  private withWeight({ weight: { parameter }, bias }: DenseLinear<DenseWeight>, value: Tensor): DenseLinear {
    const weight = new DenseWeight({ path: parameter.path, value, trainable: false })
    return new DenseLinear({ path: this.path, weight, bias, rowOrder: this.rowOrder })
  }

  private withMerged(ops: Ops, base: DenseLinear<DenseWeight>): Made {
    const weight = ops.keep(this.mergedWeight(ops, base))
    return { linear: this.withWeight(base, weight), made: [weight] }
  }

  /** This module with factors that need no more work. */
  private withFactors(ops: Ops): Made {
    const { base, loraA, loraB, config } = this
    const { a, b } = ops.scope(() => this.factors(ops))
    const made = [a, b].filter((value) => value !== loraA.value && value !== loraB.value)
    for (const value of made) ops.keep(value)
    const frozen = (value: Tensor, { path }: Parameter): Parameter => ({ path, value, trainable: false })
    const factors = { loraA: frozen(a, loraA), loraB: frozen(b, loraB), scale: 1 }
    return { linear: new LoraLinear({ base, ...factors, config }), made }
  }

  /** A and s·B in the dtype of products. */
  private factors(ops: Ops): Factors {
    const scaled = this.scale === 1 ? this.loraB.value : ops.scale(this.loraB.value, this.scale)
    return { a: asDtype(ops, this.loraA.value, this.dtype), b: asDtype(ops, scaled, this.dtype) }
  }

  private dropsInputs({ dropoutSeed }: RunContext): boolean {
    return this.dropout > 0 && dropoutSeed !== undefined
  }

  /** x with this module's dropout mask, the same one in forward, recomputation and backward. */
  private dropped({ ops, dropoutSeed }: RunContext, x: Tensor): Tensor {
    if (this.dropout === 0 || dropoutSeed === undefined) return x
    const random = new Random(moduleSeed(dropoutSeed, this.path))
    const threshold = this.dropout * 2 ** 32
    const mask = new Float32Array(x.shape.reduce((product, size) => product * size, 1))
    for (let i = 0; i < mask.length; i++) mask[i] = random.uint32() < threshold ? 0 : 1 / (1 - this.dropout)
    return ops.mul(x, asDtype(ops, ops.upload(mask, x.shape), x.dtype))
  }
}

/** A [R, in] and s·B [out, R] in the dtype of products. */
type Factors = {
  readonly a: Tensor
  readonly b: Tensor
}

/** A Linear for decoding and the handles that were made for it. */
interface Made {
  readonly linear: Linear
  readonly made: readonly Tensor[]
}

interface Decoding extends Made {
  readonly from: readonly Tensor[]
}
