/** log softmax of one row of logits at the given ids, in double precision. @param logits float32 [V] */
export function logProbabilities(logits: Float32Array, ids: readonly number[]): number[] {
  const most = logits.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY)
  const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0)
  const normalizer = most + Math.log(sum)
  return ids.map((id) => (logits[id] ?? Number.NEGATIVE_INFINITY) - normalizer)
}

/** As `logProbabilities`, of one id. */
export function logProbability(logits: Float32Array, id: number): number {
  return logProbabilities(logits, [id])[0] ?? Number.NEGATIVE_INFINITY
}
