import type { Parameter } from '../../models/parameter.js'
import type { Ops, Tensor } from '../../tensors/ops.js'

/** Parameters that are updated alike, joined end to end: a handful of long operations instead of many short ones. */
export interface ParameterGroup {
  readonly parameters: readonly Parameter[]
  readonly weightDecay: number
}

/** Values of tensors end to end: float32 [n], owned by the open scope. */
export function flatten(ops: Ops, tensors: readonly Tensor[]): Tensor {
  return ops.scope(() => {
    const vectors = tensors.map((tensor) => ops.reshape(tensor, [elements(tensor)]))
    return ops.concat(vectors, 0)
  })
}

/** The reverse of `flatten`, in the shapes of `like`. */
export function unflatten(ops: Ops, flat: Tensor, like: readonly Tensor[]): Tensor[] {
  return ops.scope(() => {
    const parts = ops.split(flat, like.map(elements), 0)
    return parts.map((part, i) => ops.reshape(part, like[i]?.shape ?? []))
  })
}

/** A flat vector with zeros after each part, so that every part begins at a multiple of `blockSize`. */
export function alignParts(
  ops: Ops,
  flat: Tensor,
  { sizes, blockSize }: { sizes: readonly number[]; blockSize: number },
): Tensor {
  if (sizes.every((size) => size % blockSize === 0)) return ops.reshape(flat, [-1])
  return ops.scope(() => {
    const parts = ops.split(flat, sizes, 0)
    const padded = parts.map((part, i) => ops.pad(part, [[0, gapAfter(sizes[i] ?? 0, blockSize)]]))
    return ops.concat(padded, 0)
  })
}

/** The reverse of `alignParts`. */
export function joinParts(
  ops: Ops,
  aligned: Tensor,
  { sizes, blockSize }: { sizes: readonly number[]; blockSize: number },
): Tensor {
  if (sizes.every((size) => size % blockSize === 0)) return ops.reshape(aligned, [-1])
  return ops.scope(() => {
    const gaps = sizes.map((size) => gapAfter(size, blockSize))
    const parts = ops.split(
      aligned,
      sizes.flatMap((size, i) => [size, gaps[i] ?? 0]),
      0,
    )
    return ops.concat(
      parts.filter((_, i) => i % 2 === 0),
      0,
    )
  })
}

/** Zeros after a part of `size`, so that the next one begins at a multiple of `blockSize`. */
export function gapAfter(size: number, blockSize: number): number {
  return (blockSize - (size % blockSize)) % blockSize
}

export function elements(tensor: Tensor): number {
  return tensor.shape.reduce((product, size) => product * size, 1)
}

/** Names whose parameters are exempt from weight decay, as Hugging Face's Trainer excludes them. */
const undecayed = /bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)/i

/** The trainable parameters, those with weight decay and those without; empty groups are left out. */
export function parameterGroups(parameters: readonly Parameter[], weightDecay: number): ParameterGroup[] {
  const trainable = parameters.filter((parameter) => parameter.trainable)
  return [
    { parameters: trainable.filter(({ path }) => !undecayed.test(path)), weightDecay },
    { parameters: trainable.filter(({ path }) => undecayed.test(path)), weightDecay: 0 },
  ].filter((group) => group.parameters.length > 0)
}
