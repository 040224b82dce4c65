/** The factor of a rotary table's element `index`: one for all, or one for each pair, [D/2]. */
export function pairFactor(factor: number | Float32Array, index: number): number {
  return typeof factor === 'number' ? factor : (factor[index % factor.length] as number)
}
