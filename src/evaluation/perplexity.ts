import { setImmediate as nextTurn } from 'node:timers/promises'
import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import type { EvaluationOptions } from './judge-pubmedqa.js'

export interface Perplexity {
  /** exp of the mean loss per token: 1 for a certain model, V for one that guesses. */
  readonly perplexity: number
  /** Mean of −log P(token | tokens before) over all tokens of all texts, in nats. */
  readonly meanLoss: number
  readonly tokens: number
  readonly records: number
  /** Texts that are longer than the model's positions and lost their end. */
  readonly truncated: number
}

/**
 * Perplexity over whole texts, each token weighing the same whatever the length of its text. A text's first token
 * (beginning-of-sequence where the tokenizer adds it) has nothing before it and is not predicted.
 *
 * @throws INVALID_ARGUMENT when no text has two tokens; INTERRUPTED
 */
export async function perplexity(
  model: CausalLM,
  tokenizer: Tokenizer,
  texts: readonly string[],
  { signal, onProgress }: EvaluationOptions = {},
): Promise<Perplexity> {
  const limit = model.config.maxPositionEmbeddings
  let [lossSum, tokens, truncated] = [0, 0, 0]
  for (const [index, text] of texts.entries()) {
    await nextTurn()
    if (signal?.aborted === true) {
      throw new MedtuneError('INTERRUPTED', 'The evaluation was stopped before its last record.')
    }
    const ids = tokenizer.encode(text)
    if (ids.length > limit) truncated++
    const losses = await tokenLosses(model, ids.slice(0, limit))
    lossSum += losses.reduce((sum, loss) => sum + loss, 0)
    tokens += losses.length
    onProgress?.(index + 1, texts.length)
  }
  if (tokens === 0) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `perplexity needs a text of two tokens or more; none of ${texts.length} has as many. Check the file.`,
    )
  }
  const meanLoss = lossSum / tokens
  return { perplexity: Math.exp(meanLoss), meanLoss, tokens, records: texts.length, truncated }
}

/** −log P(ids[t] | ids[0..t−1]) for t ≥ 1, float32 [ids.length − 1]. */
async function tokenLosses(model: CausalLM, ids: readonly number[]): Promise<Float32Array> {
  if (ids.length < 2) return new Float32Array(0)
  const rows = Int32Array.from({ length: ids.length - 1 }, (_, t) => t)
  return model.labelLosses([ids], { rows, labels: Int32Array.from(ids.slice(1)) })
}
