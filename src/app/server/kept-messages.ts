import type { KernelMessage } from '../../notebook/wire-protocol.js'

const limitBytes = 64 * 2 ** 20
/** Header, parent and framing of a message. */
const overheadBytes = 500

/** What a kernel said while nobody listened; beyond 64 MB the oldest is forgotten. */
export class KeptMessages {
  #messages: KernelMessage[] = []
  #bytes = 0

  add(messages: readonly KernelMessage[]): void {
    for (const message of messages) {
      this.#messages.push(message)
      this.#bytes += sizeOf(message)
    }
    let forgotten = 0
    for (; this.#bytes > limitBytes && forgotten < this.#messages.length; forgotten++)
      this.#bytes -= sizeOf(this.#messages[forgotten])
    if (forgotten > 0) this.#messages = this.#messages.slice(forgotten)
  }

  /** All that was kept; nothing is kept any more. */
  take(): KernelMessage[] {
    const taken = this.#messages
    this.#messages = []
    this.#bytes = 0
    return taken
  }
}

function sizeOf(message: KernelMessage | undefined): number {
  if (message === undefined) return 0
  const { content, buffers } = message
  return (
    JSON.stringify(content).length + buffers.reduce((sum, { byteLength }) => sum + byteLength, overheadBytes)
  )
}
