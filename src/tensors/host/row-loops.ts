import { rowMajorStrides } from './shape-rules.js'
import { forEachRun, mergeAxes } from './strided-walk.js'

/**
 * Sum over `axes`, in double precision.
 * @param axes counted from the front
 * @param out one element per kept index, row-major
 */
export function sumLoop(
  x: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
  out: Float32Array,
): void {
  const keptStrides = rowMajorStrides(shape.map((size, axis) => (axes.includes(axis) ? 1 : size)))
  const outStrides = keptStrides.map((stride, axis) => (axes.includes(axis) ? 0 : stride))
  const walk = mergeAxes(shape, [rowMajorStrides(shape), outStrides])
  const count = walk.sizes.at(-1) as number
  const outStep = walk.strides[1]?.at(-1) as number
  const sums = new Float64Array(out.length)
  forEachRun(walk, (offsets) => {
    const [from, to] = offsets as [number, number]
    if (outStep === 0) {
      let total = 0
      for (let i = 0; i < count; i++) total += x[from + i] as number
      sums[to] = (sums[to] as number) + total
    } else {
      for (let i = 0; i < count; i++) sums[to + i] = (sums[to + i] as number) + (x[from + i] as number)
    }
  })
  out.set(sums)
}

/** out[row] = √ Σ x², rows of `width` elements. */
export function euclideanNormLoop(x: Float32Array, width: number, out: Float32Array): void {
  for (let row = 0, at = 0; row < out.length; row++) {
    let total = 0
    for (const end = at + width; at < end; at++) total += (x[at] as number) * (x[at] as number)
    out[row] = Math.sqrt(total)
  }
}

/** Softmax of rows of `width` elements; `x` and `out` may be the same array. */
export function softmaxLoop(x: Float32Array, width: number, out: Float32Array): void {
  for (let start = 0; start < x.length; start += width) {
    const end = start + width
    let largest = -Infinity
    for (let i = start; i < end; i++) largest = Math.max(largest, x[i] as number)
    let total = 0
    for (let i = start; i < end; i++) {
      const weight = Math.exp((x[i] as number) - largest)
      out[i] = weight
      total += weight
    }
    const share = 1 / total
    for (let i = start; i < end; i++) out[i] = (out[i] as number) * share
  }
}

/**
 * loss[row] = log Σ exp(logits) − logits[label], from the probabilities: the log-sum is l* − log p* at the largest
 * logit, whose probability never underflows, so no second pass of exponentials is needed.
 */
export function lossFromProbabilities(
  logits: Float32Array,
  probabilities: Float32Array,
  labels: Int32Array,
  width: number,
  loss: Float32Array,
): void {
  for (let row = 0; row < loss.length; row++) {
    const start = row * width
    let top = start
    for (let i = start + 1; i < start + width; i++) {
      if ((logits[i] as number) > (logits[top] as number)) top = i
    }
    const logSum = (logits[top] as number) - Math.log(probabilities[top] as number)
    loss[row] = logSum - (logits[start + (labels[row] as number)] as number)
  }
}

/** out[indices[i]] += x[i] for rows of `width` elements; `out` holds zeros before. */
export function scatterAddLoop(x: Float32Array, indices: Int32Array, width: number, out: Float32Array): void {
  for (let row = 0; row < indices.length; row++) {
    const to = (indices[row] as number) * width
    const from = row * width
    for (let i = 0; i < width; i++) out[to + i] = (out[to + i] as number) + (x[from + i] as number)
  }
}
