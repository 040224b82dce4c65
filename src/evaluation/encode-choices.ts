import { MedtuneError } from '../errors.js'
import { encodePrompt } from '../tokenizers/encode-prompt.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'

/** A prompt and the ways to go on from it, in tokens. */
export interface EncodedChoices {
  /** What all of them begin with: the prompt, less what the tokenizer joins with a choice. */
  readonly shared: readonly number[]
  /** What follows, at least one token each, in the order of the choices. */
  readonly rests: readonly (readonly number[])[]
}

/**
 * Tokenizes prompt and choice together; what follows the tokens they all share is the choice. A prompt that leaves no
 * room in the model's positions loses tokens at its beginning, the beginning-of-sequence token excepted.
 *
 * @param positions most tokens of a row
 * @throws INVALID_ARGUMENT for a choice that adds no token
 */
export function encodeChoices(
  tokenizer: Tokenizer,
  prompt: string,
  choices: readonly string[],
  positions: number,
): EncodedChoices {
  const encode = (text: string): number[] => encodePrompt(tokenizer, text)
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
  const room = positions - rests.reduce((most, rest) => Math.max(most, rest.length), 0)
  return { shared: cutBeginning(promptIds.slice(0, length), room, tokenizer.bosTokenId), rests }
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
