import { MedtuneError } from '../errors.js'
import type { ChatMessage } from '../tokenizers/chat-template.js'
import { commonLength, encodeChatWithMask } from '../tokenizers/encode-chat.js'
import type { Tokenizer } from '../tokenizers/tokenizer.js'
import { ignoredLabel, type TokenizedExample } from './tokenized-example.js'

interface ChatRowOptions {
  readonly assistantOnly: boolean
  readonly index: number
  readonly date?: Date | undefined
}

/**
 * A conversation through the tokenizer's chat template. With `assistantOnly` the loss covers what the assistant writes:
 * the template's `{% generation %}` blocks, or where it has none, its end-of-turn token included, from where the template
 * opens the turn to where the turn's own text ends. A token that crosses the opening is the assistant's.
 *
 * @param index the row's, from 0, for messages
 * @param date what a template that asks for it takes for today; default now
 * @throws INVALID_ARGUMENT without a chat template, or when one without such blocks writes a turn differently once others
 * follow
 */
export function encodeChatRow(
  messages: readonly ChatMessage[],
  tokenizer: Tokenizer,
  { assistantOnly, index, date }: ChatRowOptions,
): TokenizedExample {
  const { ids: inputIds, assistantMask } = encodeChatWithMask(tokenizer, messages, { date })
  const template = tokenizer.chatTemplate
  if (!assistantOnly || template === undefined) return { inputIds, labels: inputIds }
  if (assistantMask !== undefined) {
    return { inputIds, labels: inputIds.map((id, t) => (assistantMask[t] === true ? id : ignoredLabel)) }
  }
  const encode = (text: string): number[] => tokenizer.encode(text, { addSpecialTokens: false })
  const whole = template.render(messages, { date })
  const wholeIds = encode(whole)
  // It is written with BOS once, which the plain encoding may have twice or not at all.
  const shift = inputIds.length - wholeIds.length
  const labels = inputIds.map(() => ignoredLabel)
  for (const [turn, { role }] of messages.entries()) {
    if (role !== 'assistant') continue
    const before = template.render(messages.slice(0, turn), { date, addGenerationPrompt: true })
    // What follows the end-of-turn token (a line break, as a rule) is never generated.
    const upTo = template.render(messages.slice(0, turn + 1), { date }).trimEnd()
    if (!whole.startsWith(before) || !whole.startsWith(upTo)) throw unstable(index, turn)
    const begin = commonLength(encode(before), wholeIds) + shift
    const end = commonLength(encode(upTo), wholeIds) + shift
    for (let t = begin; t < end; t++) labels[t] = inputIds[t] ?? ignoredLabel
  }
  return { inputIds, labels }
}

function unstable(index: number, turn: number): MedtuneError {
  return new MedtuneError(
    'INVALID_ARGUMENT',
    `row ${index + 1}: the chat template must write message ${turn + 1} the same when others follow; it does not, so that` +
      " the assistant's part cannot be told. Split the conversation into rows of one answer, or set assistantOnlyLoss to false.",
  )
}
