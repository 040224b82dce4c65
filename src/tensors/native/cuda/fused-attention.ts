import { MedtuneError } from '../../../errors.js'
import type { FusedAttentionOps, HeadMajorQKV, ScoreRule } from '../../kernel-ops.js'
import type { Ops, Tensor } from '../../ops.js'
import type { NativeBinding } from '../binding.js'
import type { OpRunner } from '../op-runner.js'
import { transpose } from '../operations/shapes.js'
import type { NativeTensor, TensorLifetimes } from '../tensor-lifetimes.js'
import {
  type AttentionSizes,
  backwardCall,
  type FusedAttentionCall,
  forwardCall,
  graphOf,
} from './fused-attention-call.js'
import { verifyFusedAttention } from './verify-fused-attention.js'

/** Small, but with shared key heads and a length that is no multiple of a kernel's tile. */
const trialSizes: AttentionSizes = { heads: 4, groups: 2, batch: 2, length: 200, width: 64 }

/** Largest head size of cuDNN's flash attention on every card that has it; a smaller one must be a multiple of 8. */
const largestWidth = 128

/** TensorFlow never lets a name that was called be used again. */
let nameCount = 0

/** What a trial of cuDNN's kernels found: they compute the attention of recorded functions, or why chunks do. */
export type AttentionRoad = { readonly fused: true } | { readonly fused: false; readonly reason: string }

export interface FusedAttentionOptions {
  readonly binding: NativeBinding
  readonly runner: OpRunner
  readonly lifetimes: TensorLifetimes
  /** The same device's operations, for the comparison with attention in chunks. */
  readonly ops: Ops
  readonly native: (tensor: Tensor) => NativeTensor
}

/**
 * cuDNN's attention inside functions that XLA compiles. It exists in such functions only, so it serves while one is
 * recorded: the call is written into the graph, and the recorded run itself calls a compiled function of it alone.
 *
 * Each shape is first tried on random numbers, forward and backward, and compared with attention in chunks; one that
 * is refused, or too far off, is left to the chunks.
 */
export class FusedAttention implements FusedAttentionOps {
  private readonly binding: NativeBinding
  private readonly runner: OpRunner
  private readonly lifetimes: TensorLifetimes
  private readonly ops: Ops
  private readonly native: (tensor: Tensor) => NativeTensor
  /** Names of compiled functions, by what they compute. */
  private readonly functions = new Map<string, string>()
  /** By sizes: why they are not served, or undefined where they are. */
  private readonly verdicts = new Map<string, string | undefined>()
  private off = false

  constructor({ binding, runner, lifetimes, ops, native }: FusedAttentionOptions) {
    this.binding = binding
    this.runner = runner
    this.lifetimes = lifetimes
    this.ops = ops
    this.native = native
  }

  /** Tries a small case. */
  probe(): AttentionRoad {
    const reason = this.verdict(trialSizes)
    return reason === undefined ? { fused: true } : { fused: false, reason }
  }

  /** A trial decides for each shape, and a rule that is not plain is left to the chunks. */
  alwaysServes(): boolean {
    return false
  }

  forward(inputs: HeadMajorQKV, rule: ScoreRule): { attended: Tensor; statistics: Tensor } | undefined {
    const sizes = this.servedSizes(inputs, rule)
    return sizes === undefined ? undefined : this.runForward(sizes, inputs)
  }

  backward(
    inputs: HeadMajorQKV,
    outputs: { readonly attended: Tensor; readonly statistics: Tensor },
    dAttended: Tensor,
    rule: ScoreRule,
  ): { dQuery: Tensor; dKey: Tensor; dValue: Tensor } | undefined {
    const sizes = this.servedSizes(inputs, rule)
    return sizes === undefined ? undefined : this.runBackward(sizes, inputs, outputs, dAttended)
  }

  /**
   * Leaves all attention to the chunks from now on, where a recorded function failed: a kernel that compiled alone may
   * not do so among others.
   *
   * @returns whether that may help: it does not where memory ran out
   */
  switchOff(error: unknown): boolean {
    if (error instanceof MedtuneError && error.code === 'OUT_OF_MEMORY') return false
    this.off = true
    return true
  }

  dispose(): void {
    for (const name of this.functions.values()) this.binding.removeFunction(name)
    this.functions.clear()
  }

  private servedSizes(inputs: HeadMajorQKV, { firstKeys, softCap }: ScoreRule): AttentionSizes | undefined {
    if (this.off || this.runner.observer === undefined) return undefined
    if (firstKeys !== undefined || softCap !== undefined) return undefined
    const sizes = supportedSizes(inputs)
    return sizes !== undefined && this.verdict(sizes) === undefined ? sizes : undefined
  }

  private verdict(sizes: AttentionSizes): string | undefined {
    const key = JSON.stringify(sizes)
    if (!this.verdicts.has(key)) this.verdicts.set(key, this.tryOut(sizes))
    return this.verdicts.get(key)
  }

  private tryOut(sizes: AttentionSizes): string | undefined {
    return this.runner.unobserved(() =>
      verifyFusedAttention(this.ops, sizes, {
        download: (tensor) => new Float32Array(this.runner.download(this.native(tensor))),
        kernel: {
          forward: (inputs) => this.runForward(sizes, inputs),
          backward: (inputs, outputs, dAttended) => this.runBackward(sizes, inputs, outputs, dAttended),
        },
      }),
    )
  }

  private runForward(sizes: AttentionSizes, inputs: HeadMajorQKV): { attended: Tensor; statistics: Tensor } {
    return this.lifetimes.scope(() => {
      const operands = [inputs.query, inputs.key, inputs.value].map((x) => this.headsSwapped(x))
      const [attended, statistics] = this.call(forwardCall(sizes), operands) as [NativeTensor, NativeTensor]
      return { attended: this.headsSwapped(attended), statistics }
    })
  }

  private runBackward(
    sizes: AttentionSizes,
    { query, key, value }: HeadMajorQKV,
    { attended, statistics }: { readonly attended: Tensor; readonly statistics: Tensor },
    dAttended: Tensor,
  ): { dQuery: Tensor; dKey: Tensor; dValue: Tensor } {
    return this.lifetimes.scope(() => {
      const swapped = (x: Tensor): NativeTensor => this.headsSwapped(x)
      const operands = [
        ...[query, key, value].map(swapped),
        this.native(statistics),
        ...[dAttended, attended].map(swapped),
      ]
      const gradients = this.call(backwardCall(sizes), operands).map(swapped)
      const [dQuery, dKey, dValue] = gradients as [NativeTensor, NativeTensor, NativeTensor]
      return { dQuery, dKey, dValue }
    })
  }

  /** [heads, B, T, D] ↔ [B, heads, T, D], cuDNN's order. */
  private headsSwapped(x: Tensor): NativeTensor {
    return transpose(this.runner, this.native(x), [1, 0, 2, 3])
  }

  private call(call: FusedAttentionCall, operands: readonly NativeTensor[]): NativeTensor[] {
    return this.runner.runCompiled(this.compiled(call), call.operation, operands, call.outputCount)
  }

  private compiled(call: FusedAttentionCall): string {
    const key = JSON.stringify(call)
    const known = this.functions.get(key)
    if (known !== undefined) return known
    const name = `medtune_attention_${nameCount++}`
    const { graphDef, inputs, outputs } = graphOf(call)
    this.binding.addFunction(name, graphDef, inputs, outputs, true)
    this.functions.set(key, name)
    return name
  }
}

/** The sizes of an attention that cuDNN has kernels for. */
export function supportedSizes({ query, key, value }: HeadMajorQKV): AttentionSizes | undefined {
  const [heads = 0, batch = 0, length = 0, width = 0] = query.shape
  const [groups = 0, , keys = 0] = key.shape
  const halves = [query, key, value].every(({ dtype }) => dtype === 'bfloat16')
  const wholeRows = keys === length && length > 1
  const fits = width % 8 === 0 && width <= largestWidth && heads % groups === 0
  return halves && wholeRows && fits ? { heads, groups, batch, length, width } : undefined
}
