import { isRecord, parseJsonObject, tokenizerError } from './tokenizer-error.js'

/** What is read of tokenizer_config.json, in camelCase. */
export interface TokenizerConfig {
  readonly bosToken: string | undefined
  readonly eosToken: string | undefined
  readonly padToken: string | undefined
  readonly unkToken: string | undefined
  /** Set: the post-processor is replaced, as transformers does. Undefined: tokenizer.json decides. */
  readonly addBosToken: boolean | undefined
  readonly addEosToken: boolean | undefined
  /** One template, or one per name (`default`, `tool_use`, …). */
  readonly chatTemplates: Readonly<Record<string, string>>
}

/**
 * Reads tokenizer_config.json; a token that it does not name is taken from special_tokens_map.json, as transformers does.
 *
 * @throws INVALID_TOKENIZER with the file and the field
 */
export function parseTokenizerConfig(
  file: string,
  text: string | undefined,
  specialTokensMap?: { file: string; text: string },
): TokenizerConfig {
  const json = text === undefined ? {} : parseJsonObject(file, text)
  const map =
    specialTokensMap === undefined ? {} : parseJsonObject(specialTokensMap.file, specialTokensMap.text)
  const token = (name: string): string | undefined =>
    tokenText(file, name, json[name]) ?? tokenText(specialTokensMap?.file ?? '', name, map[name])
  return {
    bosToken: token('bos_token'),
    eosToken: token('eos_token'),
    padToken: token('pad_token'),
    unkToken: token('unk_token'),
    addBosToken: flag(file, 'add_bos_token', json.add_bos_token),
    addEosToken: flag(file, 'add_eos_token', json.add_eos_token),
    chatTemplates: chatTemplates(file, json.chat_template),
  }
}

/** A token is text, or an object with its text in `content`. */
function tokenText(file: string, name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const content = isRecord(value) ? value.content : value
  if (typeof content !== 'string' || content === '')
    throw tokenizerError(file, `${name} must be null, text or {content: text}`)
  return content
}

function flag(file: string, name: string, value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw tokenizerError(file, `${name} must be true or false`)
  return value
}

function chatTemplates(file: string, value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (typeof value === 'string') return { default: value }
  const fail = (): Error => tokenizerError(file, 'chat_template must be text or a list of {name, template}')
  if (!Array.isArray(value)) throw fail()
  const pairs = value.map((entry): [string, string] => {
    if (!isRecord(entry) || typeof entry.name !== 'string' || typeof entry.template !== 'string') throw fail()
    return [entry.name, entry.template]
  })
  return Object.fromEntries(pairs)
}
