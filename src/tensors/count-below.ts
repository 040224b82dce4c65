/** How many of ascending boundaries lie strictly below a value. */
export function countBelow(boundaries: Float32Array, value: number): number {
  let low = 0
  let high = boundaries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((boundaries[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}
