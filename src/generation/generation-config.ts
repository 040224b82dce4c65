import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'

/** How the next token is chosen and when to stop. Names and meaning as in transformers' GenerationConfig. */
export interface GenerationConfig {
  /** Most tokens to generate; default 256. */
  readonly maxNewTokens: number
  /** false: the most probable token each time; temperature, topK and topP then have no effect. Default false. */
  readonly doSample: boolean
  /** Divides the logits: below 1 sharper, above 1 flatter. Default 1. */
  readonly temperature: number
  /** Sample among the k most probable tokens, ties with the last included; 0 = all. Default 50. */
  readonly topK: number
  /** Sample among the most probable tokens that hold this share of the probability; 1 = all. Default 1. */
  readonly topP: number
  /** Makes tokens that occurred, prompt included, less probable; 1 = none. Default 1. */
  readonly repetitionPenalty: number
  /** Any of these ends the answer. */
  readonly eosTokenId: readonly number[]
  /** Fills finished rows of a batch. */
  readonly padTokenId: number | undefined
  /** Seed of the sampling; the same seed gives the same answer. Default 3407. */
  readonly seed: number
}

/** What a caller may set; the rest comes from the model's generation_config.json, then from the defaults. */
export type GenerationOptions = {
  readonly [Name in Exclude<keyof GenerationConfig, 'eosTokenId'>]?: GenerationConfig[Name] | undefined
} & { readonly eosTokenId?: number | readonly number[] | undefined }

export const defaultGenerationConfig: GenerationConfig = {
  maxNewTokens: 256,
  doSample: false,
  temperature: 1,
  topK: 50,
  topP: 1,
  repetitionPenalty: 1,
  eosTokenId: [],
  padTokenId: undefined,
  seed: 3407,
}

/** One rule per field: what a value must satisfy, in code and in words. */
const rules: { readonly [Name in keyof GenerationConfig]: readonly [(value: unknown) => boolean, string] } = {
  maxNewTokens: [(value) => isInteger(value, 1), 'an integer of at least 1'],
  doSample: [(value) => typeof value === 'boolean', 'true or false'],
  // 0 is in some files for "greedy"; it is refused only where it would divide.
  temperature: [(value) => isFiniteNumber(value) && value >= 0, 'a number that is not negative'],
  topK: [(value) => isInteger(value, 0), 'an integer of at least 0'],
  topP: [(value) => isFiniteNumber(value) && value >= 0 && value <= 1, 'a number from 0 to 1'],
  repetitionPenalty: [(value) => isFiniteNumber(value) && value > 0, 'a number above 0'],
  eosTokenId: [(value) => Array.isArray(value) && value.every((id) => isInteger(id, 0)), 'token ids'],
  padTokenId: [(value) => value === undefined || isInteger(value, 0), 'a token id'],
  seed: [(value) => isInteger(value, 0), 'an integer of at least 0'],
}
const names = Object.keys(rules) as readonly (keyof GenerationConfig)[]

/**
 * The configuration of one call: the caller's options, then the model's own, then the defaults.
 *
 * @throws INVALID_ARGUMENT with the option, the rule and the value
 */
export function resolveGenerationConfig(
  options: GenerationOptions,
  modelDefaults: GenerationOptions = {},
): GenerationConfig {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(rules, name))
  if (unknown !== undefined) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      `${unknown} is no generation option. Known: ${names.join(', ')}.`,
    )
  }
  const choose = (name: keyof GenerationConfig): unknown =>
    toValue(options[name] ?? modelDefaults[name] ?? defaultGenerationConfig[name], name)
  const config = Object.fromEntries(names.map((name) => [name, choose(name)])) as unknown as GenerationConfig
  for (const name of names) {
    const [isValid, expectation] = rules[name]
    if (!isValid(config[name])) throw invalidOption(name, expectation, config[name])
  }
  if (config.doSample && config.temperature === 0) throw invalidOption('temperature', 'above 0 to sample', 0)
  return config
}

/**
 * The defaults that a model folder's generation_config.json sets; `{}` where there is none.
 *
 * @throws INVALID_CONFIG with the file, the field and the rule
 */
export async function readGenerationConfig(directory: string): Promise<GenerationOptions> {
  const file = path.join(directory, 'generation_config.json')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return {}
    throw new MedtuneError('FILE_UNREADABLE', `${file} must be a readable file. Check its permissions.`, {
      cause,
    })
  }
  const json = parseObject(file, text)
  const entries = names.flatMap((name): [string, unknown][] => {
    const value = json[toSnakeCase(name)] ?? undefined
    if (value === undefined) return []
    const [isValid, expectation] = rules[name]
    if (isValid(toValue(value, name))) return [[name, toValue(value, name)]]
    throw invalidConfig(file, `${toSnakeCase(name)} must be ${expectation}`)
  })
  return Object.fromEntries(entries)
}

function parseObject(file: string, text: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw invalidConfig(file, 'it must be JSON')
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
    return parsed as Record<string, unknown>
  throw invalidConfig(file, 'it must be a JSON object')
}

/** One EOS id stands for a list of one. */
function toValue(value: unknown, name: keyof GenerationConfig): unknown {
  return name === 'eosTokenId' && typeof value === 'number' ? [value] : value
}

function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

function isInteger(value: unknown, minimum: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= minimum
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

function invalidOption(name: string, expectation: string, value: unknown): MedtuneError {
  const remedy = 'Correct the option or leave it out.'
  return new MedtuneError(
    'INVALID_ARGUMENT',
    `${name} must be ${expectation}; got ${JSON.stringify(value)}. ${remedy}`,
  )
}

function invalidConfig(file: string, problem: string): MedtuneError {
  return new MedtuneError(
    'INVALID_CONFIG',
    `${file}: ${problem}. Correct the file, or remove it to use the defaults.`,
  )
}
