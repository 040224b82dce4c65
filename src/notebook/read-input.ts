import { createInterface } from 'node:readline/promises'
import { kernelHost } from './kernel-host.js'

/**
 * Asks the user for a line of text: in a notebook under the running cell, elsewhere on the terminal.
 *
 * @param options.password the front end hides what is typed
 * @throws Error in a kernel whose front end cannot be asked, as in a headless run
 */
export async function readInput(prompt: string, options: { password?: boolean } = {}): Promise<string> {
  const host = kernelHost()
  if (host) return host.input(prompt, options)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await terminal.question(prompt)
  } finally {
    terminal.close()
  }
}
