import type { ProfileName } from '../profiles.js'
import { type Confidence, type LabelRule, type PatternRule, wideConnector } from '../recognizer.js'

/** No letter or digit touches a number on the left, no separator joins it to one. */
const before = '(?<![\\p{L}\\p{N}_]|\\p{N}[.,/-])'
const after = '(?![\\p{L}\\p{N}_]|[.,/-]\\p{N})'

/** A pattern tried where words with digits begin; `source` is the number alone. */
export function numberPattern(
  name: string,
  since: ProfileName,
  source: string,
  options: {
    readonly confidence?: Confidence
    readonly anchor?: 'number' | 'code'
    readonly digits?: number
    readonly accept?: PatternRule['accept']
  } = {},
): PatternRule {
  const rule: PatternRule = {
    kind: 'pattern',
    name,
    since,
    confidence: options.confidence ?? (options.accept === undefined ? 'pattern' : 'checksum'),
    anchor: options.anchor ?? 'number',
    regex: new RegExp(`${before}${source}${after}`, 'uy'),
    ...(options.digits === undefined ? {} : { digits: options.digits }),
  }
  return options.accept === undefined ? rule : { ...rule, accept: options.accept }
}

/** A number behind one of its labels. */
export function labelledNumber(
  name: string,
  since: ProfileName,
  labels: readonly string[],
  value: RegExp,
  accept?: LabelRule['accept'],
): LabelRule {
  const rule: LabelRule = {
    kind: 'label',
    name,
    since,
    labels,
    connector: wideConnector,
    value,
    isTold: true,
  }
  return accept === undefined ? rule : { ...rule, accept }
}

/** `least` to `most` digits, single separators allowed between them. */
export function digitGroups(least: number, most: number): RegExp {
  // Scans and messengers put a space or a line break beside a separator.
  return new RegExp(`\\d(?:(?:[ ./\\n-]|[./-] | [./-] ?)?\\d){${least - 1},${most - 1}}(?![\\p{N}])`, 'uy')
}

/**
 * A code of letters, digits and separators: `least` or more characters with at least `digits` digits; or numbers in
 * groups with spaces between them.
 */
export function codeValue(least: number, digits = 2): RegExp {
  const code = `(?=(?:[A-Za-z./-]{0,8}\\d){${digits}})[A-Za-z0-9][A-Za-z0-9./-]{${least - 2},30}[A-Za-z0-9]`
  return new RegExp(
    `(?:(?=(?:[ .-]?\\d){${digits}})\\d[\\d.-]{0,16}(?: \\d[\\d.-]{0,12}){1,4}(?<=\\d)|${code})(?![\\p{L}\\p{N}])`,
    'uy',
  )
}
