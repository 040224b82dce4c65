import { MedtuneError } from '../errors.js'
import type { ChatMessage, ChatTemplate, ChatTemplateOptions } from './chat-template.js'
import type { Tokenizer } from './tokenizer.js'

/** A conversation as ids, and which of them the assistant writes, where the template says so itself. */
export interface EncodedChat {
  readonly ids: readonly number[]
  readonly assistantMask: readonly boolean[] | undefined
}

/**
 * Ids of a conversation, with BOS once where the tokenizer uses it: templates as a rule write it themselves, and
 * encoding their text as usual would add a second one.
 *
 * @throws INVALID_ARGUMENT when the tokenizer has no chat template, or it refuses the roles
 */
export function encodeChat(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  options: ChatTemplateOptions = {},
): number[] {
  return withBosOnce(tokenizer, encodeText(tokenizer, requireTemplate(tokenizer).render(messages, options)))
    .ids
}

/**
 * The same, with the tokens of `{% generation %}` blocks, as `return_assistant_tokens_mask` of transformers. A token
 * across a block's edge is the assistant's.
 *
 * @throws as `encodeChat`
 */
export function encodeChatWithMask(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  options: ChatTemplateOptions = {},
): EncodedChat {
  const { text, assistantSpans } = requireTemplate(tokenizer).renderWithSpans(messages, options)
  const whole = encodeText(tokenizer, text)
  const { ids, shift } = withBosOnce(tokenizer, whole)
  if (assistantSpans === undefined) return { ids, assistantMask: undefined }
  const assistantMask = ids.map(() => false)
  for (const [begin, end] of assistantSpans) {
    if (begin === end) continue
    const before = encodeText(tokenizer, text.slice(0, begin))
    const upTo = encodeText(tokenizer, text.slice(0, end))
    const last = commonLength(upTo, whole)
    assistantMask.fill(true, commonLength(before, whole) + shift, last + shift + (last < upTo.length ? 1 : 0))
  }
  return { ids, assistantMask }
}

/** How many ids two lists begin with alike. */
export function commonLength(prefix: readonly number[], ids: readonly number[]): number {
  const difference = prefix.findIndex((id, i) => id !== ids[i])
  return difference < 0 ? prefix.length : difference
}

function requireTemplate({ chatTemplate }: Tokenizer): ChatTemplate {
  if (chatTemplate !== undefined) return chatTemplate
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    'The tokenizer must have a chat template to encode messages; it has none.' +
      ' Use a prompt template (Alpaca, ChatML), or the instruct version of the model.',
  )
}

function encodeText(tokenizer: Tokenizer, text: string): number[] {
  return tokenizer.encode(text, { addSpecialTokens: false })
}

/** @returns also by how much the ids moved */
function withBosOnce(
  { bosTokenId: bos, addsBos }: Tokenizer,
  ids: number[],
): { ids: number[]; shift: number } {
  if (bos === undefined) return { ids, shift: 0 }
  const start = ids.findIndex((id) => id !== bos)
  const body = start === -1 ? [] : ids.slice(start)
  const result = start !== 0 || addsBos ? [bos, ...body] : body
  return { ids: result, shift: result.length - ids.length }
}
