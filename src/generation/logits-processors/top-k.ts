import type { LogitsProcessor } from './logits-processor.js'

/**
 * Rules out every token below the k-th highest logit; tokens that equal it stay.
 *
 * @param k at least 1
 * @see Fan et al., "Hierarchical neural story generation" (2018)
 */
export function topK(k: number): LogitsProcessor {
  return (logits) => {
    if (k >= logits.length) return
    const threshold = kthHighest(logits, k)
    for (let i = 0; i < logits.length; i++)
      if ((logits[i] as number) < threshold) logits[i] = Number.NEGATIVE_INFINITY
  }
}

/** The k highest values seen so far lie in a heap with the lowest on top: one pass, no sorting of the vocabulary. */
function kthHighest(logits: Float32Array, k: number): number {
  const heap = logits.slice(0, k).sort()
  for (let i = k; i < logits.length; i++) {
    const value = logits[i] as number
    if (value > (heap[0] as number)) replaceLowest(heap, value)
  }
  return heap[0] as number
}

function replaceLowest(heap: Float32Array, value: number): void {
  let index = 0
  for (;;) {
    let child = 2 * index + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++
    if ((heap[child] as number) >= value) break
    heap[index] = heap[child] as number
    index = child
  }
  heap[index] = value
}
