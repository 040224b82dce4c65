import type { Ops, Tensor } from '../../tensors/ops.js'
import type { GradientSink, Parameter, RunContext } from '../parameter.js'
import { Attention, type AttentionActivations, type CachedKeyValue } from './attention.js'
import type { Linear } from './linear.js'
import { Mlp, type MlpActivations } from './mlp.js'
import type { RMSNorm } from './rms-norm.js'
import type { SequenceTables } from './sequence-tables.js'

/**
 * What one layer keeps for its backward pass. Normalized rows are kept without their weight and silu(gate) · up not at
 * all: making them again is cheaper than their memory.
 */
export type LayerActivations = AttentionActivations &
  MlpActivations & {
    /** x̂ before attention, float32 [N, E], and its divisor [N, 1]. */
    readonly normalized: Tensor
    readonly inverseRms: Tensor
    /** x̂ before the feed-forward block, float32 [N, E], and its divisor [N, 1]. */
    readonly postNormalized: Tensor
    readonly postInverseRms: Tensor
  }

export interface LayerBlocks {
  readonly inputNorm: RMSNorm
  readonly attention: Attention
  readonly postAttentionNorm: RMSNorm
  readonly mlp: Mlp
}

/**
 * One layer of a Llama-family decoder. A pure function of its inputs and parameter values.
 *
 *     h = x + attention(norm(x)),   y = h + mlp(norm(h))
 */
export class DecoderLayer {
  constructor(readonly blocks: LayerBlocks) {}

  /** @param x float32 [N, E] @returns y, float32 [N, E], owned by the open scope */
  forward(context: RunContext, x: Tensor, tables: SequenceTables): Tensor {
    return this.decode(context, x, tables).output
  }

  /** As `forward`, after what is cached; also returns the keys and values to cache. */
  decode(
    context: RunContext,
    x: Tensor,
    tables: SequenceTables,
    cached?: CachedKeyValue,
  ): { output: Tensor; key: Tensor; value: Tensor } {
    const { ops } = context
    const { inputNorm, attention, postAttentionNorm, mlp } = this.blocks
    return ops.scope(() => {
      const [h, key, value] = ops.scope(() => {
        const { normalized } = inputNorm.normalize(context, x)
        const weighed = inputNorm.weigh(context, normalized)
        ops.free(normalized)
        const saved = attention.attend(context, weighed, tables, { keepProbabilities: false, cached })
        ops.free(weighed, saved.query)
        return [ops.add(x, attention.project(context, saved.attended)), saved.key, saved.value]
      })
      const contracted = ops.scope(() => {
        const { normalized } = postAttentionNorm.normalize(context, h)
        const activations = mlp.expand(context, postAttentionNorm.weigh(context, normalized))
        return mlp.contract(context, activations)
      })
      return { output: ops.add(h, contracted), key, value }
    })
  }

  /**
   * Forward pass that keeps what `backward` needs.
   *
   * @param wanted `output` false skips the last projection: a checkpointed layer that runs again needs only activations
   * @returns owned by the open scope
   */
  forwardForBackward(
    context: RunContext,
    x: Tensor,
    tables: SequenceTables,
    wanted: { output: boolean; probabilities: boolean },
  ): { output: Tensor | undefined; activations: LayerActivations } {
    const { ops } = context
    const { inputNorm, attention, postAttentionNorm, mlp } = this.blocks
    return ops.scope(() => {
      const before = inputNorm.normalize(context, x)
      const attended = ops.scope(() =>
        attention.attend(context, inputNorm.weigh(context, before.normalized), tables, {
          keepProbabilities: wanted.probabilities,
        }),
      )
      const h = ops.scope(() => ops.add(x, attention.project(context, attended.attended)))
      const after = postAttentionNorm.normalize(context, h)
      const expanded = ops.scope(() =>
        mlp.expand(context, postAttentionNorm.weigh(context, after.normalized)),
      )
      const output = wanted.output ? ops.scope(() => ops.add(h, mlp.contract(context, expanded))) : undefined
      ops.free(h)
      const activations: LayerActivations = {
        ...attended,
        ...expanded,
        normalized: before.normalized,
        inverseRms: before.inverseRms,
        postNormalized: after.normalized,
        postInverseRms: after.inverseRms,
      }
      return { output, activations }
    })
  }

  /**
   * @param dy gradient of y, float32 [N, E]
   * @returns gradient of x, owned by the open scope, or undefined; parameters' gradients go to `sink`
   */
  backward(
    context: RunContext,
    dy: Tensor,
    saved: LayerActivations,
    tables: SequenceTables,
    needInputGradient: boolean,
    sink: GradientSink,
  ): Tensor | undefined {
    const { ops } = context
    const { inputNorm, attention } = this.blocks
    return ops.scope(() => {
      const dh = this.backwardOfMlp(context, dy, saved, sink)
      const dNormed = ops.scope(() => {
        const x = inputNorm.weigh(context, saved.normalized)
        const wanted = needInputGradient || inputNorm.weight.trainable
        return attention.backward(context, x, dh, saved, tables, wanted, sink)
      })
      if (dNormed === undefined) return undefined
      if (!needInputGradient) {
        inputNorm.backwardOfWeight(context, dNormed, saved, sink)
        return undefined
      }
      const throughNorm = inputNorm.backward(context, dNormed, saved, sink)
      ops.free(dNormed)
      return ops.add(dh, throughNorm)
    })
  }

  /** Gradient of h, the residual stream between the two blocks. */
  private backwardOfMlp(
    context: RunContext,
    dy: Tensor,
    saved: LayerActivations,
    sink: GradientSink,
  ): Tensor {
    const { ops } = context
    const { postAttentionNorm, mlp } = this.blocks
    return ops.scope(() => {
      const x = postAttentionNorm.weigh(context, saved.postNormalized)
      const dNormed = mlp.backward(context, x, dy, saved, sink)
      ops.free(x)
      const rows = { normalized: saved.postNormalized, inverseRms: saved.postInverseRms }
      const throughNorm = postAttentionNorm.backward(context, dNormed, rows, sink)
      ops.free(dNormed)
      return ops.add(dy, throughNorm)
    })
  }

  /** Names all that a recorded run depends on besides shapes; undefined when a run must not be recorded. */
  traceKey(context: RunContext): string | undefined {
    const { inputNorm, attention, postAttentionNorm } = this.blocks
    const linearKeys = this.linears().map((linear) => linear.traceKey(context))
    if (linearKeys.includes(undefined)) return undefined
    const norms = [inputNorm, postAttentionNorm].map((norm) => `${norm.epsilon}/${norm.weight.trainable}`)
    return [...norms, `${attention.heads}/${attention.keyValueHeads}`, ...linearKeys].join(';')
  }

  /** This layer with each adapter merged into its weight, which stays the adapted Linear's. */
  forDecoding(ops: Ops): DecoderLayer {
    const { attention, mlp } = this.blocks
    const merged = (linear: Linear): Linear => linear.forDecoding?.(ops) ?? linear
    const { query, key, value, output } = attention.linears
    const { gate, up, down } = mlp.linears
    return new DecoderLayer({
      ...this.blocks,
      attention: new Attention(
        { query: merged(query), key: merged(key), value: merged(value), output: merged(output) },
        attention.heads,
        attention.keyValueHeads,
      ),
      mlp: new Mlp({ gate: merged(gate), up: merged(up), down: merged(down) }),
    })
  }

  /** Frees what `forDecoding` keeps. */
  endDecoding(ops: Ops): void {
    for (const linear of this.linears()) linear.endDecoding?.(ops)
  }

  linears(): Linear[] {
    const { attention, mlp } = this.blocks
    const { query, key, value, output } = attention.linears
    const { gate, up, down } = mlp.linears
    return [query, key, value, output, gate, up, down]
  }

  /** Puts `linear` in the place of the one with the same path. @returns whether this layer has such a path */
  replaceLinear(linear: Linear): boolean {
    return (
      replaceByPath(this.blocks.attention.linears, linear) || replaceByPath(this.blocks.mlp.linears, linear)
    )
  }

  /** Every parameter, in a stable order. */
  parameters(): Parameter[] {
    const { inputNorm, postAttentionNorm } = this.blocks
    return [
      inputNorm.weight,
      ...this.linears().flatMap((linear) => linear.parameters()),
      postAttentionNorm.weight,
    ]
  }
}

function replaceByPath<Role extends string>(linears: Record<Role, Linear>, linear: Linear): boolean {
  for (const role of Object.keys(linears) as Role[]) {
    if (linears[role].path !== linear.path) continue
    linears[role] = linear
    return true
  }
  return false
}
