import { isRecord, tokenizerError } from './tokenizer-error.js'

/** The four stages around the model, by their names in tokenizer.json. */
export type ComponentStage = 'normalizer' | 'pre_tokenizer' | 'post_processor' | 'decoder'

/** What a field must be; a trailing `?` lets it be absent or null. */
type FieldRule = 'string' | 'boolean' | 'count' | 'pattern' | 'template' | 'behavior' | 'scheme'
type Fields = Readonly<Record<string, FieldRule | `${FieldRule}?`>>

/**
 * Every component that encodes as the Python library does, with the fields it reads. Anything else is refused: an
 * unknown or half-read component would give other ids in silence.
 */
const components: Readonly<Record<ComponentStage, Readonly<Record<string, Fields>>>> = {
  normalizer: {
    Sequence: {},
    Prepend: { prepend: 'string' },
    Replace: { pattern: 'pattern', content: 'string' },
    NFC: {},
    NFD: {},
    NFKC: {},
    NFKD: {},
    Lowercase: {},
    Strip: { strip_left: 'boolean', strip_right: 'boolean' },
    StripAccents: {},
  },
  pre_tokenizer: {
    Sequence: {},
    ByteLevel: { add_prefix_space: 'boolean', use_regex: 'boolean?' },
    Split: { pattern: 'pattern', behavior: 'behavior', invert: 'boolean' },
    Metaspace: { replacement: 'string', prepend_scheme: 'scheme?' },
    Digits: { individual_digits: 'boolean' },
    Whitespace: {},
    WhitespaceSplit: {},
  },
  post_processor: {
    Sequence: {},
    ByteLevel: {},
    TemplateProcessing: { single: 'template', pair: 'template' },
  },
  decoder: {
    Sequence: {},
    ByteLevel: {},
    ByteFallback: {},
    Fuse: {},
    Replace: { pattern: 'pattern', content: 'string' },
    Strip: { content: 'string', start: 'count', stop: 'count' },
    Metaspace: { replacement: 'string' },
  },
}

/** The field of a Sequence that holds its parts. */
const sequenceField: Readonly<Record<ComponentStage, string>> = {
  normalizer: 'normalizers',
  pre_tokenizer: 'pretokenizers',
  post_processor: 'processors',
  decoder: 'decoders',
}
const maxSequenceDepth = 4

/**
 * Checks one stage of tokenizer.json, with all its parts.
 *
 * @throws INVALID_TOKENIZER with the stage, the component and the field
 */
export function checkComponent(file: string, stage: ComponentStage, value: unknown, depth = 0): void {
  if (value === null && depth === 0) return
  const type = isRecord(value) ? value.type : undefined
  const fields =
    typeof type === 'string' && Object.hasOwn(components[stage], type) ? components[stage][type] : undefined
  if (!isRecord(value) || fields === undefined) {
    const known = Object.keys(components[stage]).join(', ')
    throw tokenizerError(file, `${stage} must be null or one of ${known}; got ${describe(type)}`)
  }
  for (const [name, rule] of Object.entries(fields))
    checkField(file, `${stage} ${type}.${name}`, rule, value, name)
  if (type !== 'Sequence') return
  const parts = value[sequenceField[stage]]
  if (!Array.isArray(parts) || depth === maxSequenceDepth) {
    throw tokenizerError(
      file,
      `${stage} Sequence.${sequenceField[stage]} must be a list, at most ${maxSequenceDepth} deep`,
    )
  }
  for (const part of parts) checkComponent(file, stage, part, depth + 1)
}

/** The special tokens that the post-processor inserts. */
export function insertedTokens(postProcessor: unknown): string[] {
  if (!isRecord(postProcessor)) return []
  if (Array.isArray(postProcessor.processors)) return postProcessor.processors.flatMap(insertedTokens)
  const template = Array.isArray(postProcessor.single) ? postProcessor.single : []
  return template.flatMap((item) =>
    isRecord(item) && isRecord(item.SpecialToken) ? [String(item.SpecialToken.id)] : [],
  )
}

function checkField(
  file: string,
  path: string,
  rule: string,
  owner: Record<string, unknown>,
  name: string,
): void {
  const value = owner[name]
  if (rule.endsWith('?') && (value === undefined || value === null)) return
  const kind = rule.replace('?', '') as FieldRule
  if (!satisfies[kind](value, owner))
    throw tokenizerError(file, `${path} must be ${expectation[kind]}; got ${describe(value)}`)
}

const satisfies: Readonly<Record<FieldRule, (value: unknown, owner: Record<string, unknown>) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  count: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 100,
  pattern: (value) => patternOf(value) !== undefined,
  template: (value) => Array.isArray(value) && value.every(isTemplateItem),
  // A space is what Gemma's files split by after their normalizer has left none: any behaviour is then the same.
  behavior: (value, owner) =>
    value === 'Isolated' ||
    value === 'Removed' ||
    (patternOf(owner.pattern) === ' ' && (value === 'MergedWithPrevious' || value === 'MergedWithNext')),
  scheme: (value) => value === 'always' || value === 'first' || value === 'never',
}

const expectation: Readonly<Record<FieldRule, string>> = {
  string: 'text',
  boolean: 'true or false',
  count: 'an integer from 0 to 99',
  pattern: 'an object with String or Regex',
  template: 'a list of SpecialToken and Sequence items',
  behavior: 'Isolated or Removed',
  scheme: 'always, first or never',
}

function patternOf(value: unknown): string | undefined {
  if (!isRecord(value)) return undefined
  const pattern = value.String ?? value.Regex
  return typeof pattern === 'string' && pattern !== '' ? pattern : undefined
}

function isTemplateItem(item: unknown): boolean {
  if (!isRecord(item)) return false
  if (isRecord(item.SpecialToken)) return typeof item.SpecialToken.id === 'string'
  return isRecord(item.Sequence) && (item.Sequence.id === 'A' || item.Sequence.id === 'B')
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`
}
