import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { MedtuneError } from '../../errors.js'
import type { AnyOptionValues, Command, OptionScalar, OptionSpec, OptionSpecs } from './command.js'

/** Options that every command has. */
export const globalOptions: OptionSpecs = {
  help: { type: 'boolean', short: 'h', description: 'Show this help.' },
  quiet: { type: 'boolean', short: 'q', description: 'Print warnings and errors only.' },
  json: { type: 'boolean', description: 'Print one JSON object last, alone on standard output.' },
  config: {
    type: 'string',
    valueName: 'FILE',
    description: 'JSON file with option values; flags override it.',
  },
}

export interface ParsedOptions {
  readonly values: AnyOptionValues
  readonly positionals: readonly string[]
  readonly help: boolean
  readonly quiet: boolean
  readonly json: boolean
}

/** `outputDir` → `output-dir`; `loadIn4bit` → `load-in-4bit`, `adamBeta1` → `adam-beta1`. */
export function kebabCase(name: string): string {
  return name.replace(/[A-Z]|(?<=[a-z])\d+(?=[a-z])/g, (part) => `-${part.toLowerCase()}`)
}

/** `outputDir` → `output_dir`, the spelling on disk. */
function snakeCase(name: string): string {
  return kebabCase(name).replaceAll('-', '_')
}

/**
 * Parses a command's arguments. Both `--output-dir` and `--output_dir` are read; `--config FILE` gives values under
 * the flags, and the specs' defaults under both.
 *
 * @throws MedtuneError INVALID_ARGUMENT (unknown option, wrong value), INVALID_CONFIG, FILE_NOT_FOUND
 */
export function parseOptions(command: Command, args: readonly string[]): ParsedOptions {
  const specs: OptionSpecs = { ...command.options, ...globalOptions }
  const { flags, positionals } = parseFlags(command, specs, args)
  const fromFlags: Record<string, OptionScalar | readonly OptionScalar[]> = {}
  for (const [name, spec] of Object.entries(specs)) {
    const raw = flags[kebabCase(name)]
    if (raw !== undefined)
      fromFlags[name] = checkedValue(spec, raw, `--${kebabCase(name)}`, 'INVALID_ARGUMENT')
  }
  const { help, quiet, json, config, ...given } = fromFlags
  const isGiven = { help: help === true, quiet: quiet === true, json: json === true }
  if (isGiven.help) return { ...isGiven, values: {}, positionals }
  const maxPositionals = command.maxPositionals ?? 0
  if (positionals.length > maxPositionals) {
    throw usageError(
      command,
      `takes at most ${maxPositionals} arguments that are not options; got ${positionals.length}`,
    )
  }
  const fromConfig = typeof config === 'string' ? readConfig(command, config) : {}
  const values: Record<string, OptionScalar | readonly OptionScalar[] | undefined> = {}
  for (const [name, spec] of Object.entries(command.options)) {
    values[name] = given[name] ?? fromConfig[name] ?? spec.default ?? (spec.multiple ? [] : undefined)
  }
  return { ...isGiven, values, positionals }
}

type Flags = Record<string, string | boolean | (string | boolean)[] | undefined>

function parseFlags(
  command: Command,
  specs: OptionSpecs,
  args: readonly string[],
): { flags: Flags; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      kebabCase(name),
      {
        type: spec.type === 'boolean' ? ('boolean' as const) : ('string' as const),
        multiple: spec.multiple ?? false,
        ...(spec.short === undefined ? {} : { short: spec.short }),
      },
    ]),
  )
  try {
    const parsed = parseArgs({
      args: normalizeArgs(specs, args),
      options,
      allowPositionals: true,
      allowNegative: true,
      strict: true,
    })
    return { flags: parsed.values as Flags, positionals: parsed.positionals }
  } catch (error) {
    // Node's own messages name the option and the rule; the hint about `--` placed behind them is of no use here.
    const reason = (error instanceof Error ? error.message : String(error)).split(
      /\. To specify|\. Did you/,
    )[0]
    throw usageError(command, `cannot read its arguments: ${reason}${suggestion(specs, String(reason))}`)
  }
}

/** `--model_path` → `--model-path`; `--x -1` → `--x=-1`, which parseArgs would take for an option; `--flag=false` → `--no-flag`. */
function normalizeArgs(specs: OptionSpecs, args: readonly string[]): string[] {
  const typeOf = new Map(Object.entries(specs).map(([name, spec]) => [kebabCase(name), spec.type]))
  const normalized: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '--') return [...normalized, ...args.slice(i)]
    const match = /^--([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(arg)
    if (match === null) {
      normalized.push(arg)
      continue
    }
    const name = (match[1] ?? '').replaceAll('_', '-')
    const inline = match[2]
    const type = typeOf.get(name)
    const next = args[i + 1]
    if (type === 'boolean' && (inline === 'true' || inline === 'false')) {
      normalized.push(inline === 'true' ? `--${name}` : `--no-${name}`)
    } else if (
      inline === undefined &&
      (type === 'number' || type === 'integer') &&
      /^-[\d.]/.test(next ?? '')
    ) {
      normalized.push(`--${name}=${next}`)
      i++
    } else {
      normalized.push(inline === undefined ? `--${name}` : `--${name}=${inline}`)
    }
  }
  return normalized
}

function readConfig(command: Command, file: string): Record<string, OptionScalar | readonly OptionScalar[]> {
  const content = parseConfigFile(file)
  const nameByKey = new Map<string, string>()
  for (const [name, spec] of Object.entries(command.options)) {
    for (const key of [name, kebabCase(name), snakeCase(name), spec.configName ?? name])
      nameByKey.set(key, name)
  }
  const values: Record<string, OptionScalar | readonly OptionScalar[]> = {}
  for (const [key, raw] of Object.entries(content)) {
    const name = nameByKey.get(key)
    const spec = name === undefined ? undefined : command.options[name]
    if (name === undefined || spec === undefined) {
      const known = Object.entries(command.options).map(
        ([option, { configName }]) => configName ?? snakeCase(option),
      )
      throw new MedtuneError(
        'INVALID_CONFIG',
        `config file ${file}: key must be an option of "${command.name}"; got ${shown(key)}. Known: ${known.join(', ')}.`,
      )
    }
    if (raw !== null) values[name] = checkedValue(spec, raw, `config file ${file}: ${key}`, 'INVALID_CONFIG')
  }
  return values
}

function parseConfigFile(file: string): Readonly<Record<string, unknown>> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new MedtuneError('FILE_NOT_FOUND', `config file must be readable; got ${file}. Check --config.`, {
      cause,
    })
  }
  let content: unknown
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    throw new MedtuneError(
      'INVALID_CONFIG',
      `config file must be JSON; ${file} is not. Check commas and quotes.`,
    )
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new MedtuneError('INVALID_CONFIG', `config file must hold one JSON object; ${file} does not.`)
  }
  return { ...content }
}

function checkedValue(
  spec: OptionSpec,
  raw: unknown,
  subject: string,
  code: 'INVALID_ARGUMENT' | 'INVALID_CONFIG',
): OptionScalar | readonly OptionScalar[] {
  if (!spec.multiple) return checkedScalar(spec, raw, subject, code)
  return (Array.isArray(raw) ? raw : [raw]).map((item) => checkedScalar(spec, item, subject, code))
}

const longestShown = 40

/** A value for a message; a data file given by mistake must not be read out there. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > longestShown ? `a text of ${String(value).length} characters` : text
}

function checkedScalar(
  spec: OptionSpec,
  raw: unknown,
  subject: string,
  code: 'INVALID_ARGUMENT' | 'INVALID_CONFIG',
): OptionScalar {
  const fail = (rule: string): never => {
    throw new MedtuneError(code, `${subject} must be ${rule}; got ${shown(raw)}.`)
  }
  if (spec.type === 'boolean') return typeof raw === 'boolean' ? raw : fail('true or false')
  if (spec.type === 'string') {
    if (typeof raw !== 'string') return fail('a text')
    if (spec.choices !== undefined && !spec.choices.includes(raw))
      return fail(`one of ${spec.choices.join(', ')}`)
    return raw
  }
  const value =
    typeof raw === 'number' ? raw : typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : Number.NaN
  if (!Number.isFinite(value)) return fail('a number')
  return spec.type === 'integer' && !Number.isSafeInteger(value) ? fail('a whole number') : value
}

function suggestion(specs: OptionSpecs, reason: string): string {
  const wrong = /Unknown option '--?([\w-]+)'/.exec(reason)?.[1]
  if (wrong === undefined) return ''
  const close = Object.keys(specs)
    .map(kebabCase)
    .find((name) => name.startsWith(wrong) || wrong.startsWith(name))
  return close === undefined ? '' : `; did you mean --${close}?`
}

function usageError(command: Command, problem: string): MedtuneError {
  return new MedtuneError(
    'INVALID_ARGUMENT',
    `medtune ${command.name} ${problem}. See medtune ${command.name} --help.`,
  )
}
