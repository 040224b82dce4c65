/**
 * Changes the scores of one row in place before the next token is chosen; −∞ rules a token out.
 *
 * @param logits float32 [V]
 * @param ids every id of the row so far, prompt included
 */
export type LogitsProcessor = (logits: Float32Array, ids: readonly number[]) => void
