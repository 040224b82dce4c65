import { MedtuneError } from '../errors.js'
import type { GradientSink, Parameter } from '../models/parameter.js'
import type { Ops, Tensor } from '../tensors/ops.js'
import { flatten, type ParameterGroup } from './optimizers/flat-vector.js'

/**
 * Sums the gradients of an update's micro-batches, as one flat vector per parameter group. Owns what it holds.
 */
export class GradientAccumulator {
  private readonly arrived = new Map<Parameter, Tensor>()
  private sums: Tensor[] | undefined

  constructor(
    private readonly ops: Ops,
    private readonly groups: readonly ParameterGroup[],
  ) {}

  /** Takes the gradients of one micro-batch. */
  readonly sink: GradientSink = (parameter, gradient) => {
    this.arrived.set(parameter, this.ops.keep(gradient))
  }

  /** Adds the micro-batch that has just arrived. */
  endMicroBatch(): void {
    const { ops, sums, arrived } = this
    if (arrived.size === 0) return
    this.sums = this.groups.map(({ parameters }, i) => {
      const gradients = parameters.map((parameter) => {
        const gradient = arrived.get(parameter)
        if (gradient === undefined) {
          throw new MedtuneError('INTERNAL', `backward made no gradient for ${parameter.path}.`)
        }
        return gradient
      })
      const sum = sums?.[i]
      const next = ops.scope(() => {
        const flat = flatten(ops, gradients)
        return sum === undefined ? flat : ops.add(sum, flat)
      })
      ops.free(sum)
      return ops.keep(next)
    })
    ops.free(...arrived.values())
    arrived.clear()
  }

  /** The summed gradients, float32 [n] per group; they stay this object's until `clear`. */
  gradients(): readonly Tensor[] {
    return this.sums ?? []
  }

  /** √(Σ g²) over all groups: the only value read from the device in an update besides the losses. */
  async norm(): Promise<number> {
    const { ops } = this
    const total = ops.scope(() => {
      const sums = this.gradients().map((gradient) => ops.sum(ops.square(gradient), [0], true)) // [1]
      return ops.sqrt(ops.addN(sums))
    })
    ops.keep(total)
    try {
      const [norm = Number.NaN] = await ops.read(total)
      return norm
    } finally {
      ops.free(total)
    }
  }

  /** Frees everything, also after a micro-batch that failed half-way. */
  clear(): void {
    this.ops.free(...(this.sums ?? []), ...this.arrived.values())
    this.sums = undefined
    this.arrived.clear()
  }
}
