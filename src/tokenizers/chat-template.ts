import { Template } from '@huggingface/jinja'
import { MedtuneError } from '../errors.js'
import {
  generationVariables,
  markGeneration,
  type TextSpan,
  takeMarks,
  unusedMarks,
} from './generation-marks.js'
import { clockVariable, formatDate, withOwnClock } from './template-date.js'
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
  /** What a template that writes the date takes for today; default now. */
  readonly date?: Date | undefined
  /** Which of the named templates; default `tool_use` where there is one and tools are given, else `default`. */
  readonly name?: string
}

/** A conversation as text, and what of it the assistant writes as [begin, end), where the template says so itself. */
export interface RenderedChat {
  readonly text: string
  readonly assistantSpans: readonly TextSpan[] | undefined
}

/** How a model wants a conversation written down. */
export interface ChatTemplate {
  /** Names of the templates; `default` where there is one without a name. */
  readonly names: readonly string[]
  /** The conversation as text. @throws INVALID_ARGUMENT when the template refuses the sequence of roles */
  render(messages: readonly ChatMessage[], options?: ChatTemplateOptions): string
  /** The same, with the parts inside `{% generation %}` blocks; undefined where the template has none. @throws as `render` */
  renderWithSpans(messages: readonly ChatMessage[], options?: ChatTemplateOptions): RenderedChat
}

/** The special tokens that a template may write. */
interface TemplateTokens {
  readonly bosToken: string | undefined
  readonly eosToken: string | undefined
  readonly padToken: string | undefined
  readonly unkToken: string | undefined
}

interface CompiledTemplate {
  readonly template: Template
  readonly hasMarks: boolean
}

/**
 * The named Jinja templates of a tokenizer as one; undefined when there is none.
 *
 * @throws INVALID_TOKENIZER when a template is not valid Jinja
 */
export function createChatTemplate(
  file: string,
  templates: Readonly<Record<string, string>>,
  tokens: TemplateTokens,
): ChatTemplate | undefined {
  const names = Object.keys(templates)
  if (names.length === 0) return undefined
  const compiled = new Map(names.map((name) => [name, compile(file, name, templates[name] ?? '')]))
  const constants = definedOnly({
    ...{ bos_token: tokens.bosToken, eos_token: tokens.eosToken },
    ...{ pad_token: tokens.padToken, unk_token: tokens.unkToken },
  })
  const renderWithSpans = (
    messages: readonly ChatMessage[],
    { addGenerationPrompt = false, variables = {}, date = new Date(), name }: ChatTemplateOptions = {},
  ): RenderedChat => {
    const { template, hasMarks } = choose(file, compiled, name, variables)
    const marks = unusedMarks(hasMarks ? textsIn([messages, variables]) : [])
    const text = run(file, template, messages, {
      ...{ tools: null, documents: null, ...constants, ...variables },
      ...{ [generationVariables.begin]: marks.begin, [generationVariables.end]: marks.end },
      add_generation_prompt: addGenerationPrompt,
      [clockVariable]: (format: string) => formatDate(date, format),
    })
    if (!hasMarks) return { text, assistantSpans: undefined }
    const { text: plain, spans } = takeMarks(text, marks)
    return { text: plain, assistantSpans: spans }
  }
  return {
    names,
    renderWithSpans,
    render: (messages, options) => renderWithSpans(messages, options).text,
  }
}

function compile(file: string, name: string, source: string): CompiledTemplate {
  try {
    const marked = markGeneration(withOwnClock(source))
    return { template: new Template(marked.source), hasMarks: marked.hasMarks }
  } catch (cause) {
    const which = name === 'default' ? 'the chat template' : `the chat template ${name}`
    throw tokenizerError(file, `${which} must be valid Jinja`, cause)
  }
}

function choose(
  file: string,
  compiled: ReadonlyMap<string, CompiledTemplate>,
  name: string | undefined,
  { tools }: Readonly<Record<string, unknown>>,
): CompiledTemplate {
  const withTools = tools !== undefined && tools !== null && compiled.has('tool_use')
  // A single template serves whatever it is called.
  const [only] = compiled.size === 1 ? compiled.keys() : []
  const wanted = name ?? (withTools ? 'tool_use' : (only ?? 'default'))
  const found = compiled.get(wanted)
  if (found !== undefined) return found
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    `${file}: the chat template must be one of ${[...compiled.keys()].join(', ')}; got ${wanted}. Give one of them as name.`,
  )
}

function run(
  file: string,
  template: Template,
  messages: readonly ChatMessage[],
  scope: Readonly<Record<string, unknown>>,
): string {
  try {
    return template.render({ ...scope, messages: messages.map((message) => ({ ...message })) })
  } catch {
    // Without the template's own message and cause: some quote the conversation.
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `${file}: the chat template refuses the roles ${messages.map(({ role }) => role).join(', ') || '(none)'}.` +
        ' Most models want an optional system message, then user and assistant in turn; some want variables.',
    )
  }
}

function definedOnly(values: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

/** Every text in a value, however deep. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
