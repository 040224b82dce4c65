import { isRecord } from './tokenizer-error.js'

/** What the npm package's normalizers and pre-tokenizers have in common. They are callable: functions to `typeof`. */
export interface EnginePart {
  readonly normalizers?: readonly (EnginePart | null)[]
  readonly tokenizers?: readonly (EnginePart | null)[]
  pattern?: unknown
  normalize?: (text: string) => string
  pre_tokenize_text?: (text: string, options?: object) => string[]
}

type Correction = (part: EnginePart, config: Record<string, unknown>) => void

const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}'
const matching =
  (pattern: RegExp) =>
  (part: EnginePart): void => {
    part.pre_tokenize_text = (text) => text.match(pattern) ?? []
  }

/** The parts whose JavaScript reads blanks, digits or words as ASCII or as `\s` does, and not as Unicode has them. */
const corrections: Readonly<Record<string, Correction>> = {
  ByteLevel: (part) => {
    part.pattern =
      /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu
  },
  Whitespace: matching(new RegExp(`[${word}]+|[^${word}\\p{White_Space}]+`, 'gu')),
  WhitespaceSplit: matching(/\P{White_Space}+/gu),
  Digits: (part, config) =>
    matching(config.individual_digits === true ? /\p{N}|\P{N}+/gu : /\p{N}+|\P{N}+/gu)(part),
  Split: (part, config) => {
    const { pattern } = part
    if ((config.behavior !== 'Removed' && config.invert !== true) || !(pattern instanceof RegExp)) return
    // What is kept: everything, or without the separators, which `invert` makes of what lies between the matches.
    const keepsAll = config.behavior !== 'Removed'
    part.pre_tokenize_text = (text) =>
      cut(text, pattern, keepsAll || config.invert === true, keepsAll || config.invert !== true)
  },
  Metaspace: (part, config) => {
    const whole = part.pre_tokenize_text?.bind(part)
    // What stands behind a blank is a word of its own, unless told otherwise.
    if (config.split === false || whole === undefined) return
    const mark = String(config.replacement)
    part.pre_tokenize_text = (text, options) =>
      whole(text, options).flatMap((piece) =>
        piece.split(mark).flatMap((rest, i) => (i > 0 ? [mark + rest] : rest === '' ? [] : [rest])),
      )
  },
  Strip: (part, config) => {
    const left = config.strip_left === true ? /^\p{White_Space}+/u : /^(?!)/
    const right = config.strip_right === true ? /\p{White_Space}+$/u : /(?!)$/
    part.normalize = (text) => text.replace(left, '').replace(right, '')
  },
  // Character by character: no other sigma at the end of a word.
  Lowercase: (part) => {
    part.normalize = (text) => Array.from(text, (character) => character.toLowerCase()).join('')
  },
  StripAccents: (part) => {
    part.normalize = (text) => text.replace(/\p{M}/gu, '')
  },
}

/** The matches of a pattern, what lies between them, or both, in their order. */
function cut(text: string, pattern: RegExp, matches: boolean, between: boolean): string[] {
  const pieces: string[] = []
  let done = 0
  for (const match of text.matchAll(pattern)) {
    if (between) pieces.push(text.slice(done, match.index))
    if (matches) pieces.push(match[0])
    done = match.index + match[0].length
  }
  if (between) pieces.push(text.slice(done))
  return pieces.filter((piece) => piece !== '')
}

/** Gives an engine's normalizer or pre-tokenizer, built of `config`, the Python library's behaviour. */
export function correctComponents(part: EnginePart | null, config: unknown): void {
  if (part === null || !isRecord(config)) return
  const parts = part.normalizers ?? part.tokenizers ?? []
  const configs = config.normalizers ?? config.pretokenizers
  if (Array.isArray(configs)) parts.forEach((inner, i) => void correctComponents(inner, configs[i]))
  const { type } = config
  if (typeof type === 'string' && Object.hasOwn(corrections, type)) corrections[type]?.(part, config)
}
