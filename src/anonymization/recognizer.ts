import type { ProfileName } from './profiles.js'
import type { Anchors, ScannedText } from './scanned-text.js'

/** Why a span was taken, strongest first; the order decides between overlapping finds. */
export const confidences = ['label', 'checksum', 'pattern', 'dictionary'] as const
export type Confidence = (typeof confidences)[number]

/** A place in a text, UTF-16 code units. */
export interface TextRange {
  readonly start: number
  readonly end: number
}

/** What a rule may look at to accept or refuse a find. */
export interface FindContext extends TextRange {
  readonly text: string
}

interface RuleBase {
  /** Names the rule in audits; unique within its recognizer. */
  readonly name: string
  /** The first profile the rule is active in. */
  readonly since: ProfileName
}

/** A find by its form alone: the whole match is the identifier (context goes into lookarounds). */
export interface PatternRule extends RuleBase {
  readonly kind: 'pattern'
  /** Bounded quantifiers only. Sticky at an anchor, global for `text`. */
  readonly regex: RegExp
  readonly confidence: Confidence
  /** Where the regex is tried: at words of a kind, or all over the text. */
  readonly anchor: keyof Anchors | 'text'
  /** For `number`: fewer digits than these among the next 24 characters, and the regex is not tried. */
  readonly digits?: number
  /** For `text`: a text in which this does not occur is skipped. */
  readonly needs?: string | RegExp
  readonly accept?: (value: string, context: FindContext) => boolean
}

/** A find by the label before it: `Prontuário nº 0058852`. The label stays, the value goes. */
export interface LabelRule extends RuleBase {
  readonly kind: 'label'
  /** Phrases; case, accents and the punctuation between their words do not matter. */
  readonly labels: readonly string[]
  /** Sticky; what may stand between label and value. */
  readonly connector: RegExp
  /** Sticky; the value itself. */
  readonly value: RegExp
  readonly accept?: (value: string, context: FindContext) => boolean
  /** The value may also be told in a sentence: `the chart number on her card is 88-41-07`. */
  readonly isTold?: boolean
}

/** A find that needs the words of the text (names, places). */
export interface SearchRule extends RuleBase {
  readonly kind: 'search'
  readonly confidence: Confidence
  /** Finds; one with a confidence of its own overrides the rule's. */
  readonly search: (scanned: ScannedText) => Iterable<TextRange & { readonly confidence?: Confidence }>
}

type Rule = PatternRule | LabelRule | SearchRule

/** Finds one kind of identifier. `examples` run as tests: what stands between ‹ and › must be found, nothing else. */
export interface Recognizer<Entity extends string = string> {
  readonly entity: Entity
  readonly rules: readonly Rule[]
  readonly examples: {
    /** Texts with each identifier between ‹ and ›. */
    readonly positive: readonly string[]
    /** Texts in which this recognizer must find nothing. */
    readonly negative: readonly string[]
  }
}

/** Checks a recognizer's form where it is written and keeps its entity a literal type. */
export function defineRecognizer<const Entity extends string>(
  recognizer: Recognizer<Entity>,
): Recognizer<Entity> {
  return recognizer
}

// What forms, Markdown, JSON and XML put around labels and values: quotes, stars, tags, dotted leaders.
const number =
  '(?:\\(?(?:n[º°]|#|(?:no|n(?=[.: ])|num|nro|número|numero|number|nr)(?![\\p{L}\\p{N}]))(?![\\p{L}])[.:º°]{0,2}\\)?)'
const marks = '(?:[*_`>)\\]]|\\\\?["\'])'
const tags = '(?:</?[A-Za-z][\\w:]{0,20}>){1,3}'
const leaders = '[ \\t]?(?:[._]{2,60}|…{1,30})[ \\t]?'
const pause = '[ \\t]{0,8}\\n?[ \\t]{0,4}'
const opening = `(?:${tags}[ \\t]{0,4})?(?:_{2,60}|(?:[*_\`[]|\\\\?["']){1,3}[ \\t]?)?`
const copula = '(?:é|is|was)(?![\\p{L}\\p{N}])'

function connector(separators: string, end = ''): RegExp {
  const lead = `(?:${leaders}|[ \\t.]{0,3})(?:,(?= n[úu]mero| n[º°o.]))?[ \\t]?`
  const separator = `(?:[:=#–-]{1,2}>?|${separators}|${copula})?${marks}{0,3}(?:[ \\t]{0,3}\\|)?`
  return new RegExp(
    `${lead}${number}?${marks}{0,4}(?:${leaders})?(?:${tags})?[ \\t]{0,4}${separator}${pause}${opening}${end}`,
    'iuy',
  )
}

/** Between a label and its value: `nº`, `number`, `:`, `=`, `#`, `|`, `is`, quotes, tags; at most one line break. */
export const looseConnector: RegExp = connector('\\|')

/** The loose one, and marks that prove less: `CPF, 123…`, `CPF (123…)`, `CPF; 123…`. For values of many digits. */
export const wideConnector: RegExp = connector('[|,;/]', `${number}?[ \\t]?\\(?[ \\t]?`)

/** A label that counts only with a colon, an equals sign or a number sign after it: `ID: 12345`, never `ID 57.1`. */
export const strictConnector: RegExp = new RegExp(
  `(?:${leaders}|[ \\t.]{0,3})(?:n[º°o.]{1,2}[ \\t]{0,2})?${marks}{0,3}[ \\t]{0,3}(?:n[º°])?(?:[:=#]{1,2}>?|->|n[º°]:?)${marks}{0,3}(?:[ \\t]{0,3}\\|)?${pause}${opening}`,
  'iuy',
)

const toldWord = "(?: (?:[\\p{L}'’]{1,16}(?:/\\p{L}{1,10})?|\\([^()\\n\\d]{1,20}\\)))"
const telling =
  '(?:é|era|foi|são|is|was|are|as|como|sob|reads?|says|shows|of|final|ending|ends|termina(?:d[ao]|ndo)?|n[úu]mero|number|n[º°o.]{1,2}|no\\.|#)'

/** The words of a sentence between a label and its value: `que está no cartão é`, `on file is`, `do bebê:`, `she gave,`. */
export const toldConnector: RegExp = new RegExp(
  `(?:['’]s|[-/][A-Z]{2}(?!\\p{L}))?${toldWord}{0,7}(?:,? ${telling}(?: (?:o|a|the|in|em|de|${telling})){0,3}[:"“( ]{1,3}| ${telling}[:"“( ]{0,2}|(?<= .{1,80}): {1,2}|(?<= .{1,80}), |(?<= .{1,80}) \\()`,
  'iuy',
)

/** A number with letters and separators inside it, at least one digit: `00-86-36`, `MR2834371`, `70705/24`. */
export const identifierValue: RegExp =
  /(?=[A-Za-z./-]{0,8}\d)[A-Za-z0-9](?:[A-Za-z0-9./-]{0,28}[A-Za-z0-9])?/y
