import type { Command, OptionSpec, OptionSpecs } from './command.js'
import type { CommandEntry } from './commands.js'
import { exitCodes } from './exit-codes.js'
import { globalOptions, kebabCase } from './parse-options.js'

/** `medtune --help`. */
export function mainHelp(version: string, commands: readonly CommandEntry[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    `medtune ${version}: fine-tune language models on medical question-answer data`,
    '',
    'Usage: medtune COMMAND [options]',
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Options of every command: --help, --quiet, --json, --config FILE. `medtune COMMAND --help` has the others and examples.',
    `Exit codes: ${Object.entries(exitCodes)
      .map(([name, code]) => `${code} ${kebabCase(name)}`)
      .join(', ')}.`,
    '',
  ].join('\n')
}

/** `medtune COMMAND --help`. */
export function commandHelp(command: Command): string {
  return [
    command.description,
    '',
    `Usage: medtune ${command.usage} [options]`,
    '',
    ...(Object.keys(command.options).length > 0 ? ['Options:', ...optionLines(command.options), ''] : []),
    'Options of every command:',
    ...optionLines(globalOptions),
    '',
    'Examples:',
    ...command.examples.flatMap(({ command: line, does }) => [`  ${line}`, `      ${does}`]),
    '',
  ].join('\n')
}

function optionLines(specs: OptionSpecs): string[] {
  const rows = Object.entries(specs).map(
    ([name, spec]) => [optionSyntax(name, spec), optionText(spec)] as const,
  )
  const width = Math.max(...rows.map(([syntax]) => syntax.length))
  return rows.map(([syntax, text]) => `  ${syntax.padEnd(width)}  ${text}`)
}

function optionSyntax(name: string, spec: OptionSpec): string {
  const value = spec.type === 'boolean' ? '' : ` ${spec.valueName ?? (spec.type === 'string' ? 'TEXT' : 'N')}`
  return `${spec.short === undefined ? '    ' : `-${spec.short}, `}--${kebabCase(name)}${value}`
}

function optionText(spec: OptionSpec): string {
  const choices = spec.choices === undefined ? '' : ` One of ${spec.choices.join(', ')}.`
  return `${spec.description}${choices}${spec.default === undefined ? '' : ` (default: ${spec.default})`}`
}
