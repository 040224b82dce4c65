const windowMs = 60_000
const maxPerAddress = 5
const maxTogether = 50

/** How often a password may be tried: five times a minute from one address, fifty times from all. */
export class LoginLimit {
  readonly #nowMs: () => number
  #attempts: { address: string; atMs: number }[] = []

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs
  }

  /** Counts an attempt. @returns seconds to wait before the next, 0 when this one may go on */
  attempt(address: string): number {
    const now = this.#nowMs()
    this.#attempts = this.#attempts.filter(({ atMs }) => now - atMs < windowMs)
    const own = this.#attempts.filter((attempt) => attempt.address === address)
    const oldest = own.length >= maxPerAddress ? own[0] : this.#attempts[this.#attempts.length - maxTogether]
    if (oldest !== undefined) return Math.max(1, Math.ceil((oldest.atMs + windowMs - now) / 1000))
    this.#attempts.push({ address, atMs: now })
    return 0
  }

  /** The right password: earlier attempts were slips. */
  succeed(address: string): void {
    this.#attempts = this.#attempts.filter((attempt) => attempt.address !== address)
  }
}
