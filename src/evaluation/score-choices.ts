import { MedtuneError } from '../errors.js'
import type { CausalLM } from '../models/causal-lm.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'

/**
 * Log-likelihood of each way to go on from a prompt: the sum over its tokens of log P(token | prompt, tokens before).
 * The prompt runs once, and every choice after its key/value cache. Prompt and choice are tokenized together; what
 * follows the tokens they all share is the choice. A prompt that leaves no room in the model's positions loses tokens
 * at its beginning, the beginning-of-sequence token excepted.
 *
 * @throws INVALID_ARGUMENT for a choice that adds no token
 */
export async function scoreChoices(
  model: CausalLM,
  tokenizer: Tokenizer,
  prompt: string,
  choices: readonly string[],
): Promise<number[]> {
  const { shared, rests } = encodeChoices(tokenizer, prompt, choices)
  const room = model.config.maxPositionEmbeddings - Math.max(...rests.map((rest) => rest.length))
  const cache = model.createCache()
  try {
    const first = await model.decode(cutBeginning(shared, room, tokenizer.bosTokenId), cache)
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

function encodeChoices(
  tokenizer: Tokenizer,
  prompt: string,
  choices: readonly string[],
): { shared: number[]; rests: number[][] } {
  const encode = (text: string): number[] => {
    const ids = tokenizer.encode(text)
    return tokenizer.addsEos ? ids.slice(0, -1) : ids
  }
  const promptIds = encode(prompt)
  const rows = choices.map((choice) => encode(prompt + choice))
  const difference = promptIds.findIndex((id, index) => rows.some((row) => row[index] !== id))
  const length = difference < 0 ? promptIds.length : difference
  const rests = rows.map((row) => row.slice(length))
  if (length === 0 || rests.length === 0 || rests.some((rest) => rest.length === 0)) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'prompt and each choice must add at least one token; one does not. Give texts that are not empty.',
    )
  }
  return { shared: promptIds.slice(0, length), rests }
}

function cutBeginning(
  ids: readonly number[],
  room: number,
  bosTokenId: number | undefined,
): readonly number[] {
  if (ids.length <= room) return ids
  return bosTokenId !== undefined && ids[0] === bosTokenId
    ? [bosTokenId, ...ids.slice(ids.length - room + 1)]
    : ids.slice(ids.length - room)
}

/** log softmax at one index, in double precision. */
function logProbability(logits: Float32Array, id: number): number {
  const most = logits.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY)
  const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0)
  return (logits[id] ?? Number.NEGATIVE_INFINITY) - most - Math.log(sum)
}
