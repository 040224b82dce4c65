import type { CausalLM } from '../models/causal-lm.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { encodeChoices } from './encode-choices.js'
import { logProbability } from './log-probability.js'

/**
 * Log-likelihood of each way to go on from a prompt: the sum over its tokens of log P(token | prompt, tokens before).
 * The prompt runs once, and every choice after its key/value cache. Tokens and too long prompts: see `encodeChoices`.
 *
 * @throws INVALID_ARGUMENT for a choice that adds no token
 */
export async function scoreChoices(
  model: CausalLM,
  tokenizer: Tokenizer,
  prompt: string,
  choices: readonly string[],
): Promise<number[]> {
  const { shared, rests } = encodeChoices(tokenizer, prompt, choices, model.config.maxPositionEmbeddings)
  const cache = model.createCache()
  try {
    const first = await model.decode(shared, cache)
    const scores: number[] = []
    for (const rest of rests) {
      let score = logProbability(first, rest[0] ?? 0)
      if (rest.length > 1) {
        const logits = await model.peek(rest.slice(0, -1), cache)
        const width = logits.length / (rest.length - 1)
        for (const [index, id] of rest.slice(1).entries())
          score += logProbability(logits.subarray(index * width, (index + 1) * width), id)
      }
      scores.push(score)
    }
    return scores
  } finally {
    cache.dispose()
  }
}
