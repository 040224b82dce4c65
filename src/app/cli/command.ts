import type { Output } from './output.js'

/** One `--option`. Declared in camelCase; `--kebab-case`, `--snake_case` and the config file's `snake_case` follow from it. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean' | 'number' | 'integer'
  /** One line for `--help`. */
  readonly description: string
  /** What the value is called in `--help`: `--input FILE`. */
  readonly valueName?: string
  /** One letter: `-o`. */
  readonly short?: string
  readonly default?: string | number | boolean
  readonly choices?: readonly string[]
  /** May be given many times; the value is then an array. */
  readonly multiple?: boolean
  /** Name in the `--config` file where it is not the snake_case of the option (`r` for `loraR`). */
  readonly configName?: string
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>

type ScalarOf<S extends OptionSpec> = S['type'] extends 'boolean'
  ? boolean
  : S['type'] extends 'string'
    ? S extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : string
    : number

type ValueOf<S extends OptionSpec> = S extends { readonly multiple: true }
  ? readonly ScalarOf<S>[]
  : S extends { readonly default: string | number | boolean }
    ? ScalarOf<S>
    : ScalarOf<S> | undefined

/** The parsed options, typed from their specs: a default or `multiple` means never undefined. */
export type OptionValues<O extends OptionSpecs> = { readonly [K in keyof O]: ValueOf<O[K]> }

interface CommandContext<O extends OptionSpecs = OptionSpecs> {
  readonly values: OptionValues<O>
  readonly positionals: readonly string[]
  readonly output: Output
  /** Aborted by the first Ctrl-C or SIGTERM; the command then stops at the next safe point. The exit code becomes 130. */
  readonly signal: AbortSignal
}

export interface CommandSpec<O extends OptionSpecs = OptionSpecs> {
  /** As typed: `prepare`. */
  readonly name: string
  /** One sentence, shown above the options. */
  readonly description: string
  /** What follows `medtune` besides options: `run NOTEBOOK`. */
  readonly usage: string
  /** At most so many arguments that are not options; 0 when left out. */
  readonly maxPositionals?: number
  readonly options: O
  /** Command lines that work as they stand, with what each does. */
  readonly examples: readonly { readonly command: string; readonly does: string }[]
  /** @returns the exit code (`exitCodes`); a thrown MedtuneError is printed and mapped to its exit code. */
  run(context: CommandContext<O>): Promise<number>
}

export type OptionScalar = string | number | boolean
export type AnyOptionValues = Readonly<Record<string, OptionScalar | readonly OptionScalar[] | undefined>>

/** A command whose option types are no longer of interest to whoever holds it. */
export interface Command extends Omit<CommandSpec, 'run'> {
  run(context: Omit<CommandContext, 'values'> & { readonly values: AnyOptionValues }): Promise<number>
}

/** Gives `run` the option types of its own spec. */
export function defineCommand<const O extends OptionSpecs>(spec: CommandSpec<O>): Command {
  return spec as unknown as Command
}
