import { createRequire } from 'node:module'
import { MedtuneError } from '../errors.js'
import { findPatternFault } from './linear-pattern.js'
import { type ProfileName, profileNames } from './profiles.js'
import type { PatternRule, Recognizer } from './recognizer.js'

/** A kind of identifier that only its owner knows: the staff number of a hospital, a study's code. */
export interface UserPattern<Entity extends string = string> {
  /** Capitals and underscores; the placeholder is this in brackets. */
  readonly entity: Entity
  /**
   * Source of a regular expression (flags `gu`); the whole match is the identifier, context goes into look-arounds. It
   * runs over the normalized text: plain digits, hyphens and spaces.
   */
  readonly pattern: string
  /** The first profile the pattern is active in. Default `documented`: all of them. */
  readonly profile?: ProfileName
}

type RegExpClass = new (source: string, flags: string) => RegExp

// As the placeholders that `protected-text.ts` leaves alone.
const entityForm = /^[A-Z][A-Z_]{1,30}$/
const longestPattern = 2000

/**
 * The RE2 engine, linear for every pattern it accepts, where the optional package `re2` is installed.
 *
 * @param from file or URL whose packages are searched
 * @returns null where it is not installed
 */
export function findRe2(from: string = import.meta.url): RegExpClass | null {
  const name = 're2'
  try {
    return createRequire(from)(name) as RegExpClass
  } catch {
    return null
  }
}

/**
 * Recognizers for patterns from outside, checked before they may see a text: the engine backtracks, so a pattern must
 * be bounded. Where `re2` is installed, what that engine accepts needs no bounds.
 *
 * @throws MedtuneError INVALID_ARGUMENT naming the pattern and the rule it breaks
 */
export function toRecognizers(
  patterns: readonly UserPattern[],
  Re2: RegExpClass | null = patterns.length === 0 ? null : findRe2(),
): Recognizer[] {
  return patterns.map((userPattern, index) => {
    const { entity, profile = 'documented' } = userPattern
    const refuse = (rule: string, got: string): never => {
      throw new MedtuneError('INVALID_ARGUMENT', `pattern ${index + 1} must ${rule}; got ${got}.`)
    }
    if (typeof entity !== 'string' || !entityForm.test(entity))
      refuse('have an entity of 2 to 31 capitals and underscores, such as MATRICULA', JSON.stringify(entity))
    if (!profileNames.includes(profile))
      refuse(`have one of the profiles ${profileNames.join(', ')}`, JSON.stringify(profile))
    const rule: PatternRule = {
      kind: 'pattern',
      name: `pattern-${index + 1}`,
      since: profile,
      confidence: 'pattern',
      anchor: 'text',
      regex: compile(userPattern.pattern, Re2, refuse),
    }
    return { entity, rules: [rule], examples: { positive: [], negative: [] } }
  })
}

function compile(
  source: string,
  Re2: RegExpClass | null,
  refuse: (rule: string, got: string) => never,
): RegExp {
  if (typeof source !== 'string' || source.length > longestPattern)
    refuse(`have a text of at most ${longestPattern} characters as "pattern"`, sizeOf(source))
  const linear = Re2 === null ? undefined : tryCompile(Re2, source)
  if (linear !== undefined && !linear.test('')) {
    linear.lastIndex = 0
    return linear
  }
  const regex = tryCompile(RegExp, source)
  if (regex === undefined)
    return refuse('be a regular expression that is valid with the flag u', sizeOf(source))
  const fault = findPatternFault(source)
  return fault === undefined ? regex : refuse(fault.rule, fault.got)
}

function tryCompile(Engine: RegExpClass, source: string): RegExp | undefined {
  try {
    return new Engine(source, 'gu')
  } catch {
    return undefined
  }
}

function sizeOf(value: unknown): string {
  return typeof value === 'string' ? `${value.length} characters` : `a value of type ${typeof value}`
}

/**
 * Reads a list of patterns from JSON.
 *
 * @throws MedtuneError INVALID_ARGUMENT where the text is no JSON list of `{"entity", "pattern", "profile"?}`
 */
export function parseUserPatterns(json: string): UserPattern[] {
  const refuse = (got: string): never => {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `the patterns must be a JSON list of {"entity", "pattern"}, each with "profile" or without; got ${got}.`,
    )
  }
  let list: unknown
  try {
    list = JSON.parse(json)
  } catch {
    // The parser's own message quotes the file.
    return refuse(`${json.length} characters that are no JSON`)
  }
  if (!Array.isArray(list)) return refuse(`a value of type ${typeof list}`)
  return list.map((item: unknown, index) => {
    if (!isUserPattern(item)) return refuse(`something else as item ${index + 1}`)
    return item
  })
}

function isUserPattern(item: unknown): item is UserPattern {
  if (typeof item !== 'object' || item === null) return false
  const { entity, pattern, profile, ...rest } = item as Record<string, unknown>
  const isProfile = profile === undefined || profileNames.some((name) => name === profile)
  return (
    typeof entity === 'string' && typeof pattern === 'string' && isProfile && Object.keys(rest).length === 0
  )
}
