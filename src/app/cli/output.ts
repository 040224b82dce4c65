import { MedtuneError } from '../../errors.js'
import { createProgress, type Progress, type ProgressOptions, type ProgressStream } from './progress-bar.js'

/** What a command says. Nothing else in `app/cli` writes to the terminal. */
export interface Output {
  /** A line for the reader; silent with `--quiet`, on stderr with `--json`. */
  print(line: string): void
  /** Text without a line end (streamed answers); same rules as `print`. */
  write(text: string): void
  /** A line that matters even with `--quiet`; on stderr. */
  warn(line: string): void
  /** A bar on stderr; silent with `--quiet`. */
  progress(options: Omit<ProgressOptions, 'stream' | 'nowMs'>): Progress
  /** The object that `--json` prints last, alone on stdout; without `--json` nothing. The last call wins. */
  result(object: Readonly<Record<string, unknown>>): void
}

interface OutputOptions {
  readonly quiet: boolean
  readonly json: boolean
  readonly stdout: ProgressStream
  readonly stderr: ProgressStream
}

/** An Output and `flush`, which prints the `--json` object once the command is over. */
export function createOutput(options: OutputOptions): Output & { flush(): void } {
  const { quiet, json, stdout, stderr } = options
  let lastResult: Readonly<Record<string, unknown>> = {}
  const write = (text: string): void => {
    if (!quiet) (json ? stderr : stdout).write(text)
  }
  return {
    write,
    print: (line) => write(`${line}\n`),
    warn: (line) => {
      stderr.write(`${line}\n`)
    },
    progress: (progress) => (quiet ? silentProgress : createProgress({ ...progress, stream: stderr })),
    result: (object) => {
      lastResult = object
    },
    flush: () => {
      if (json) stdout.write(`${JSON.stringify(lastResult)}\n`)
    },
  }
}

const silentProgress: Progress = { update: () => {}, finish: () => {} }

/** Prints a failure: `error CODE: message` on stderr, and as the `--json` object. */
export function reportError(output: Output, error: unknown): void {
  const code = error instanceof MedtuneError ? error.code : 'INTERNAL'
  const message = error instanceof Error ? error.message : String(error)
  output.warn(`medtune: ${code}: ${message}`)
  if (code === 'INTERNAL' && error instanceof Error && process.env.MEDTUNE_DEBUG !== undefined) {
    output.warn(error.stack ?? '')
  }
  output.result({ error: { code, message } })
}
