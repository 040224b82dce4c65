/** A walk over an index space with one stride per operand and axis. The last axis is left to the caller's inner loop. */
export interface StridedWalk {
  readonly sizes: readonly number[]
  /** `strides[operand][axis]` */
  readonly strides: readonly (readonly number[])[]
}

/**
 * Merges neighbouring axes that every operand walks as one, so that the inner loop is as long as it can be: two arrays
 * of one shape become a single loop, a bias row becomes rows × columns, whatever the rank.
 */
export function mergeAxes(shape: readonly number[], strides: readonly (readonly number[])[]): StridedWalk {
  const sizes: number[] = []
  const merged: number[][] = strides.map(() => [])
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis] as number
    if (size === 1) continue
    const last = sizes.length - 1
    const joins = last >= 0 && strides.every((own, i) => merged[i]?.[last] === (own[axis] as number) * size)
    if (joins) {
      sizes[last] = (sizes[last] as number) * size
      for (const [i, own] of strides.entries()) (merged[i] as number[])[last] = own[axis] as number
    } else {
      sizes.push(size)
      for (const [i, own] of strides.entries()) (merged[i] as number[]).push(own[axis] as number)
    }
  }
  if (sizes.length === 0) {
    sizes.push(1)
    for (const own of merged) own.push(1)
  }
  return { sizes, strides: merged }
}

/**
 * Calls `visit` with every operand's offset at the start of each inner run; the first `sizes.length − innerAxes` axes
 * are walked here. The offsets array is reused between calls.
 */
export function forEachRun(
  walk: StridedWalk,
  visit: (offsets: readonly number[]) => void,
  innerAxes = 1,
): void {
  const outer = walk.sizes.length - innerAxes
  if (walk.sizes.includes(0)) return
  const position = new Array<number>(Math.max(outer, 0)).fill(0)
  const offsets = walk.strides.map(() => 0)
  for (;;) {
    visit(offsets)
    let axis = outer - 1
    for (; axis >= 0; axis--) {
      const next = (position[axis] as number) + 1
      const wraps = next === walk.sizes[axis]
      const steps = wraps ? 1 - next : 1
      position[axis] = wraps ? 0 : next
      for (let i = 0; i < offsets.length; i++) {
        offsets[i] = (offsets[i] as number) + steps * (walk.strides[i]?.[axis] as number)
      }
      if (!wraps) break
    }
    if (axis < 0) return
  }
}
