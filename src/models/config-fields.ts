import { MedtuneError } from '../errors.js'

interface NumberRule {
  readonly minimum?: number
  readonly maximum?: number
  /** The value must be greater than this. */
  readonly above?: number
  /** Used when the key is absent or null; without it the key is required. */
  readonly fallback?: number
}

/**
 * Typed reads of a parsed `config.json`. Every failure names the file, the key, the rule and the value found. What was
 * read is remembered, so that a key that nobody read can be refused.
 */
export class ConfigFields {
  private readonly nested = new Map<string, ConfigFields>()

  private constructor(
    /** Where the fields come from, for messages. */
    readonly source: string,
    private readonly fields: Readonly<Record<string, unknown>>,
    private readonly prefix: string,
    private readonly read = new Set<string>(),
  ) {}

  /** @throws INVALID_CONFIG when `json` is not an object */
  static from(source: string, json: unknown): ConfigFields {
    if (!isRecord(json)) throw new MedtuneError('INVALID_CONFIG', `${source} must hold one JSON object.`)
    return new ConfigFields(source, json, '')
  }

  /** The fields as parsed. */
  get record(): Readonly<Record<string, unknown>> {
    return this.fields
  }

  /** Whether there are no keys. */
  get isEmpty(): boolean {
    return Object.keys(this.fields).length === 0
  }

  has(key: string): boolean {
    return this.fields[key] !== undefined && this.fields[key] !== null
  }

  /** Whether the key is there and null, which some configurations mean as `none`. */
  isNull(key: string): boolean {
    return this.fields[key] === null
  }

  integer(key: string, rule: NumberRule = {}): number {
    const value = this.value(key, rule.fallback)
    const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = rule
    const isInteger = typeof value === 'number' && Number.isSafeInteger(value)
    if (!isInteger || value < minimum || value > maximum) {
      const range = rule.maximum === undefined ? `≥ ${minimum}` : `from ${minimum} to ${maximum}`
      throw this.invalid(key, `must be an integer ${range}`)
    }
    return value
  }

  number(key: string, rule: NumberRule = {}): number {
    const value = this.value(key, rule.fallback)
    const isNumber = typeof value === 'number' && Number.isFinite(value)
    if (!isNumber || (rule.above !== undefined && value <= rule.above)) {
      throw this.invalid(
        key,
        rule.above === undefined ? 'must be a number' : `must be a number > ${rule.above}`,
      )
    }
    return value
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.value(key, fallback)
    if (typeof value !== 'boolean') throw this.invalid(key, 'must be true or false')
    return value
  }

  string(key: string, fallback?: string): string {
    const value = this.value(key, fallback)
    if (typeof value !== 'string' || value === '') throw this.invalid(key, 'must be a string')
    return value
  }

  /** A list of anything. */
  list(key: string): readonly unknown[] {
    const value = this.value(key, undefined)
    if (!Array.isArray(value)) throw this.invalid(key, 'must be a list')
    return value
  }

  /** A list of numbers that each keep the rule. */
  numbers(key: string, rule: Pick<NumberRule, 'above'> = {}): number[] {
    const isNumber = (value: unknown): value is number =>
      typeof value === 'number' && Number.isFinite(value) && value > (rule.above ?? Number.NEGATIVE_INFINITY)
    const values = this.list(key).filter(isNumber)
    if (values.length === this.list(key).length) return values
    throw this.invalid(key, `must be a list of numbers${rule.above === undefined ? '' : ` > ${rule.above}`}`)
  }

  /** A token id, a list of them or null, as a list. */
  tokenIds(key: string): number[] {
    this.read.add(key)
    const value = this.fields[key] ?? []
    const ids: unknown[] = Array.isArray(value) ? value : [value]
    const isId = (id: unknown): id is number => typeof id === 'number' && Number.isSafeInteger(id) && id >= 0
    if (!ids.every(isId)) throw this.invalid(key, 'must be a token id, a list of token ids or null')
    return ids
  }

  /** A nested object; undefined when absent or null. */
  object(key: string): ConfigFields | undefined {
    this.read.add(key)
    if (!this.has(key)) return undefined
    const value = this.fields[key]
    if (!isRecord(value)) throw this.invalid(key, 'must be an object or null')
    const known = this.nested.get(key)
    if (known !== undefined) return known
    const fields = new ConfigFields(this.source, value, `${this.prefix}${key}.`)
    this.nested.set(key, fields)
    return fields
  }

  /** The same fields as if these keys were not there; what is read of it counts as read here. */
  without(...keys: readonly string[]): ConfigFields {
    const rest = Object.fromEntries(Object.entries(this.fields).filter(([key]) => !keys.includes(key)))
    return new ConfigFields(this.source, rest, this.prefix, this.read)
  }

  /** Keys that are known to change nothing here. */
  skip(...keys: readonly string[]): void {
    for (const key of keys) this.read.add(key)
  }

  /**
   * Refuses keys that were not read and say something (not null, false, 0, 1 or empty).
   *
   * @param concerns which keys to look at; default all
   * @throws UNSUPPORTED_MODEL
   */
  refuseUnread(concerns: (key: string) => boolean = () => true): void {
    const odd = Object.keys(this.fields).find(
      (key) => !this.read.has(key) && concerns(key) && !isNeutral(this.fields[key]),
    )
    if (odd !== undefined) throw this.unsupported(odd, 'leaving it out')
  }

  /** An INVALID_CONFIG error about a key. */
  invalid(key: string, rule: string): MedtuneError {
    const found = JSON.stringify(this.fields[key])?.slice(0, 60) ?? 'nothing'
    return new MedtuneError(
      'INVALID_CONFIG',
      `${this.prefix}${key} in ${this.source} ${rule}; got ${found}. Correct the file or download it again.`,
    )
  }

  /** An UNSUPPORTED_MODEL error about a key whose value changes the mathematics. */
  unsupported(key: string, supported: string): MedtuneError {
    const found = JSON.stringify(this.fields[key])?.slice(0, 60) ?? 'nothing'
    return new MedtuneError(
      'UNSUPPORTED_MODEL',
      `${this.prefix}${key} in ${this.source} is ${found}, which medtune cannot compute; supported: ${supported}. ` +
        'Choose another model.',
    )
  }

  private value(key: string, fallback: unknown): unknown {
    this.read.add(key)
    const value = this.fields[key] ?? fallback
    if (value === undefined) throw this.invalid(key, 'is required')
    return value
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value that switches nothing on: multipliers of 1, widths of 0, lists of nothing. */
function isNeutral(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === 1) return true
  return value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
}
