import { readFileSync } from 'node:fs'
import { MedtuneError } from '../../errors.js'
import { commands } from './commands.js'
import { exitCodeOf, exitCodes } from './exit-codes.js'
import { commandHelp, mainHelp } from './help.js'
import { createOutput, reportError } from './output.js'
import { parseOptions } from './parse-options.js'

/**
 * Runs one command line (without `node` and the script) and returns its exit code (`exit-codes.ts`).
 * Never throws: a failure is printed as `medtune: CODE: message`, and as the JSON object with `--json`.
 */
export async function main(argv: string[]): Promise<number> {
  leaveQuietlyWhenReaderCloses()
  const [first, ...args] = argv
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    return first === 'help' && args[0] !== undefined
      ? main([args[0], '--help'])
      : showMainHelp(first !== undefined)
  }
  if (first === '--version') {
    process.stdout.write(`${packageVersion()}\n`)
    return exitCodes.ok
  }
  // Read before the options are, so that a wrong option is reported in the form that was asked for.
  const flags = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined)
  const output = createOutput({
    quiet: flags.includes('--quiet') || flags.includes('-q'),
    json: flags.includes('--json'),
    stdout: process.stdout,
    stderr: process.stderr,
  })
  const interruption = listenForInterruption((line) => output.warn(line))
  try {
    const entry = commands.find(({ name }) => name === first)
    if (entry === undefined) throw unknownCommand(first)
    const command = await entry.load()
    const { values, positionals, help } = parseOptions(command, args)
    if (help) {
      process.stdout.write(commandHelp(command))
      return exitCodes.ok
    }
    const exitCode = await command.run({ values, positionals, output, signal: interruption.signal })
    output.flush()
    return interruption.signal.aborted ? exitCodes.interrupted : exitCode
  } catch (error) {
    reportError(output, error)
    output.flush()
    return interruption.signal.aborted ? exitCodes.interrupted : exitCodeOf(error)
  } finally {
    interruption.stopListening()
  }
}

function showMainHelp(asked: boolean): number {
  const stream = asked ? process.stdout : process.stderr
  stream.write(mainHelp(packageVersion(), commands))
  return asked ? exitCodes.ok : exitCodes.usage
}

function unknownCommand(name: string): MedtuneError {
  const known = commands.map((command) => command.name).join(', ')
  return new MedtuneError(
    'INVALID_ARGUMENT',
    `command must be one of ${known}; got "${name}". See medtune --help.`,
  )
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  const content: unknown = JSON.parse(text)
  return typeof content === 'object' && content !== null && 'version' in content
    ? String(content.version)
    : 'unknown'
}

interface Interruption {
  readonly signal: AbortSignal
  stopListening(): void
}

/** The first Ctrl-C asks the command to stop and clean up; the second leaves at once. */
function listenForInterruption(warn: (line: string) => void): Interruption {
  const controller = new AbortController()
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    warn('medtune: stopping … (again to leave at once)')
    controller.abort(new MedtuneError('INTERRUPTED', 'stopped by the user before the end.'))
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    stopListening: () => {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    },
  }
}

/** `medtune … | head` closes the pipe early, which is no failure of ours. */
function leaveQuietlyWhenReaderCloses(): void {
  if (process.stdout.listenerCount('error') > 0) return
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok)
    throw error
  })
}
