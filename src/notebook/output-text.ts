import type { ErrorOutput, MimeBundle } from './nbformat.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours start with the escape character
const ANSI = /\x1b\[[0-9;?]*[ -/]*[@-~]/g

/** Text without terminal colours. */
export function stripAnsi(text: string): string {
  return text.replace(ANSI, '')
}

export function errorText({ ename, evalue, traceback }: ErrorOutput): string {
  return stripAnsi(traceback.length > 0 ? traceback.join('\n') : `${ename}: ${evalue}`)
}

/** The first of the types that the bundle has as text. */
export function pickText(
  bundle: MimeBundle,
  types: readonly string[],
): { type: string; text: string } | undefined {
  for (const type of types) {
    const value = bundle[type]
    if (typeof value === 'string') return { type, text: value }
  }
  return undefined
}
