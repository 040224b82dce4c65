import { kernelHost } from './kernel-host.js'

/** Outside a kernel nobody interrupts: Ctrl-C ends a script, and the command line has a signal of its own. */
const neverAborted: AbortSignal = new AbortController().signal

/**
 * The signal that fires when the user interrupts the running cell, for whatever takes an AbortSignal:
 * `await trainer.train({ signal: interruptSignal() })`. A cell that asked for the signal is not ended by the first
 * interrupt; it stops by itself, saves, and then counts as interrupted. A second interrupt ends it.
 */
export function interruptSignal(): AbortSignal {
  return kernelHost()?.interruptSignal() ?? neverAborted
}
