import { attention, attentionBackward } from '../../fused/attention.js'
import { causalChunks } from '../../fused/query-chunks.js'
import type { FusedAttentionOps, HeadMajorQKV } from '../../kernel-ops.js'
import type { Ops, Tensor } from '../../ops.js'
import { Random } from '../../random.js'
import type { AttentionSizes } from './fused-attention-call.js'

/**
 * How far a row may be from that of float32 arithmetic on the same numbers, as a share of its length and the mean one
 * together. Attention in chunks in bfloat16, whose numbers have 8 bits, is off by 0.005 to 0.013 for lengths up to 2,048.
 */
const rowTolerance = 0.03

/** Query rows compared at a time, so that the reference's float32 scores stay small beside a layer's activations. */
const referenceChunk = 128

type Kernel = Pick<FusedAttentionOps, 'forward' | 'backward'>

/** What a kernel is asked in a trial: both passes, on device memory, outside of any recording. */
export interface AttentionTrial {
  /** Reads a float32 tensor at once. */
  readonly download: (tensor: Tensor) => Float32Array
  readonly kernel: Kernel
}

/**
 * Runs both passes of a kernel on random numbers and compares every row with attention in chunks in float32.
 *
 * @returns what is wrong, or undefined
 */
export function verifyFusedAttention(
  ops: Ops,
  sizes: AttentionSizes,
  { download, kernel }: AttentionTrial,
): string | undefined {
  try {
    return ops.scope(() => {
      const { inputs, dAttended } = randomCase(ops, sizes)
      const results = bothPasses(kernel, inputs, dAttended)
      if (results === undefined) return 'the kernel was refused'
      const exact = referencePasses(ops, inputs, dAttended, sizes.length)
      for (const name of ['attended', 'dQuery', 'dKey', 'dValue'] as const) {
        const share = worstRow(ops, results[name], exact[name], download)
        if (!(share <= rowTolerance)) {
          return `${name} is off by ${share.toPrecision(2)} of a row; at most ${rowTolerance} is rounding`
        }
      }
      return undefined
    })
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 300)
  }
}

interface Passes {
  readonly attended: Tensor
  readonly dQuery: Tensor
  readonly dKey: Tensor
  readonly dValue: Tensor
}

function bothPasses(kernel: Kernel, inputs: HeadMajorQKV, dAttended: Tensor): Passes | undefined {
  const outputs = kernel.forward(inputs, {})
  const gradients = outputs === undefined ? undefined : kernel.backward(inputs, outputs, dAttended, {})
  if (outputs === undefined || gradients === undefined) return undefined
  return { attended: outputs.attended, ...gradients }
}

function referencePasses(ops: Ops, inputs: HeadMajorQKV, dAttended: Tensor, length: number): Passes {
  return ops.scope(() => {
    const exact = {
      query: ops.cast(inputs.query, 'float32'),
      key: ops.cast(inputs.key, 'float32'),
      value: ops.cast(inputs.value, 'float32'),
    }
    const rule = { chunks: causalChunks(ops, length, { chunkSize: referenceChunk }) }
    const outputs = attention(ops, exact, rule, false)
    const gradients = attentionBackward(ops, exact, outputs, ops.cast(dAttended, 'float32'), rule)
    return { attended: outputs.attended, ...gradients }
  })
}

/** Scores of about unit variance, so that rows attend to some keys more than to others. */
function randomCase(ops: Ops, sizes: AttentionSizes): { inputs: HeadMajorQKV; dAttended: Tensor } {
  const { heads, groups, batch, length, width } = sizes
  const random = new Random(3407)
  const uniform = (count: number, deviation: number): Tensor => {
    const values = new Float32Array(count * batch * length * width)
    const reach = deviation * Math.sqrt(3)
    for (let i = 0; i < values.length; i++) values[i] = (random.uint32() / 2 ** 31 - 1) * reach
    return ops.cast(ops.upload(values, [count, batch, length, width]), 'bfloat16')
  }
  return ops.scope(() => {
    const inputs = {
      query: uniform(heads, 1 / Math.sqrt(width)),
      key: uniform(groups, 1),
      value: uniform(groups, 1),
    }
    return { inputs, dAttended: uniform(heads, 1) }
  })
}

/** The largest distance of a row [..., D] from its reference, over the sum of the reference's and the mean row's length. */
function worstRow(
  ops: Ops,
  x: Tensor,
  reference: Tensor,
  download: (tensor: Tensor) => Float32Array,
): number {
  if (String(x.shape) !== String(reference.shape)) return Number.POSITIVE_INFINITY
  const rowLengths = (rows: Tensor): Tensor => ops.sqrt(ops.sum(ops.square(rows), [-1]))
  const distances = download(ops.scope(() => rowLengths(ops.sub(ops.cast(x, 'float32'), reference))))
  const lengths = download(ops.scope(() => rowLengths(reference)))
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  let worst = 0
  for (let row = 0; row < lengths.length; row++) {
    const share = (distances[row] as number) / ((lengths[row] as number) + mean)
    if (Number.isNaN(share)) return share
    worst = Math.max(worst, share)
  }
  return worst
}
