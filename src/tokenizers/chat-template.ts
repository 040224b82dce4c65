import { Template } from '@huggingface/jinja'
import { MedtuneError } from '../errors.js'
import type { Tokenizer } from './tokenizer.js'
import { tokenizerError } from './tokenizer-error.js'

export interface ChatMessage {
  readonly role: string
  readonly content: string
}

export interface ChatTemplateOptions {
  /** Whether the text ends with the opening of an assistant's turn, for generation; default false. */
  readonly addGenerationPrompt?: boolean
  /** Further variables of the template, for example `tools` or `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>
}

/** How a model wants a conversation written down. */
export interface ChatTemplate {
  /** The conversation as text. @throws INVALID_ARGUMENT when the template refuses the sequence of roles */
  render(messages: readonly ChatMessage[], options?: ChatTemplateOptions): string
}

/** The special tokens that a template may write. */
interface TemplateTokens {
  readonly bosToken: string | undefined
  readonly eosToken: string | undefined
  readonly padToken: string | undefined
  readonly unkToken: string | undefined
}

/**
 * The `default` of the named Jinja templates, or the only one; undefined when there is none.
 *
 * @throws INVALID_TOKENIZER when the template is not valid Jinja
 */
export function createChatTemplate(
  file: string,
  templates: Readonly<Record<string, string>>,
  tokens: TemplateTokens,
): ChatTemplate | undefined {
  const names = Object.keys(templates)
  const source = templates.default ?? (names.length === 1 ? templates[names[0] ?? ''] : undefined)
  if (source === undefined) return undefined
  let template: Template
  try {
    template = new Template(source)
  } catch (cause) {
    throw tokenizerError(file, 'the chat template must be valid Jinja', cause)
  }
  const constants = {
    bos_token: tokens.bosToken ?? '',
    eos_token: tokens.eosToken ?? '',
    pad_token: tokens.padToken ?? '',
    unk_token: tokens.unkToken ?? '',
  }
  return {
    render(messages, { addGenerationPrompt = false, variables = {} } = {}) {
      const conversation = messages.map((message) => ({ ...message }))
      const scope = {
        ...constants,
        ...variables,
        messages: conversation,
        add_generation_prompt: addGenerationPrompt,
      }
      try {
        return template.render(scope)
      } catch {
        // Without the template's own message and cause: some quote the conversation.
        throw new MedtuneError(
          'INVALID_ARGUMENT',
          `${file}: the chat template refuses the roles ${messages.map(({ role }) => role).join(', ') || '(none)'}.` +
            ' Most models want an optional system message, then user and assistant in turn.',
        )
      }
    },
  }
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
  if (tokenizer.chatTemplate === undefined) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      'The tokenizer must have a chat template to encode messages; it has none.' +
        ' Use a prompt template (Alpaca, ChatML), or the instruct version of the model.',
    )
  }
  const ids = tokenizer.encode(tokenizer.chatTemplate.render(messages, options), { addSpecialTokens: false })
  const bos = tokenizer.bosTokenId
  if (bos === undefined) return ids
  const start = ids.findIndex((id) => id !== bos)
  const body = start === -1 ? [] : ids.slice(start)
  return start !== 0 || tokenizer.addsBos ? [bos, ...body] : body
}
