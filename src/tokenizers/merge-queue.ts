/** A pair of neighbouring token ids and how often it occurs. */
export interface MergeCandidate {
  readonly left: number
  readonly right: number
  readonly count: number
}

/** Binary heap: the most frequent pair first; among equals the one with the lower ids, so that training is deterministic. */
export class MergeQueue {
  private readonly heap: MergeCandidate[] = []

  push(candidate: MergeCandidate): void {
    const heap = this.heap
    let index = heap.length
    heap.push(candidate)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!precedes(candidate, heap[parent] as MergeCandidate)) break
      heap[index] = heap[parent] as MergeCandidate
      index = parent
    }
    heap[index] = candidate
  }

  pop(): MergeCandidate | undefined {
    const heap = this.heap
    const top = heap[0]
    const last = heap.pop()
    if (last !== undefined && heap.length > 0) this.sink(last)
    return top
  }

  private sink(candidate: MergeCandidate): void {
    const heap = this.heap
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= heap.length) break
      if (
        child + 1 < heap.length &&
        precedes(heap[child + 1] as MergeCandidate, heap[child] as MergeCandidate)
      )
        child++
      if (!precedes(heap[child] as MergeCandidate, candidate)) break
      heap[index] = heap[child] as MergeCandidate
      index = child
    }
    heap[index] = candidate
  }
}

function precedes(a: MergeCandidate, b: MergeCandidate): boolean {
  if (a.count !== b.count) return a.count > b.count
  return a.left !== b.left ? a.left < b.left : a.right < b.right
}
