import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { MedtuneError } from '../../errors.js'

/**
 * Reads a line that must not be seen: typed at a terminal it is not echoed; from a pipe it is the first line.
 *
 * @throws MedtuneError INTERRUPTED for Ctrl-C, INVALID_ARGUMENT where there is no line
 */
export function readSecret(prompt: string): Promise<string> {
  const { stdin, stderr } = process
  const isTerminal = stdin.isTTY === true
  if (isTerminal) stderr.write(prompt)
  // The line editor writes what it echoes to nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: isTerminal })
  return new Promise((resolve, reject) => {
    let line: string | undefined
    lines.once('line', (text) => {
      line = text
      lines.close()
    })
    lines.once('SIGINT', () => {
      reject(new MedtuneError('INTERRUPTED', 'no password was set.'))
      lines.close()
    })
    lines.once('close', () => {
      if (isTerminal) stderr.write('\n')
      if (line === undefined)
        reject(
          new MedtuneError('INVALID_ARGUMENT', 'the password must be a line of the input; there is none.'),
        )
      else resolve(line)
    })
  })
}
