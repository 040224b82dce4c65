/** What a kernel offers to the code it runs; `kernels/tslab` puts it at `globalThis[Symbol.for('medtune.kernel')]`. */
export interface KernelHost {
  /** Shows a MIME bundle, an object with a `Symbol.for('Jupyter.display')` method, text, or any value as text. */
  display(value: unknown, options?: DisplayOptions): void
  newDisplayId(): string
  clearOutput(options?: { wait?: boolean }): void
  /** Fires when the user interrupts the running cell. Who asks for it is given the time to stop by itself. */
  interruptSignal(): AbortSignal
  page(value: unknown): void
  input(prompt: string, options?: { password?: boolean }): Promise<string>
  readonly comms: KernelComms
  readonly training: KernelTraining
}

/** Shows a training on the front end's panel; trainers find it by themselves. */
interface KernelTraining {
  begin(facts: { totalSteps: number }): {
    log(entry: object, step: number): void
    saved(directory: string): void
    end(step: number): void
  }
}

interface DisplayOptions {
  displayId?: string
  isUpdate?: boolean
  metadata?: object
}

/** Two-way channels between cells and a front end. */
export interface KernelComms {
  registerTarget(name: string, target: (comm: KernelComm, data: unknown) => void): void
  open(targetName: string, data?: unknown): KernelComm
}

export interface KernelComm {
  readonly id: string
  readonly targetName: string
  readonly onMessage: ((data: unknown, buffers: Uint8Array[]) => void)[]
  readonly onClose: ((data: unknown) => void)[]
  send(data: unknown, buffers?: Uint8Array[]): void
  close(data?: unknown): void
}

/** @returns undefined outside a kernel: in scripts, tests and the command line */
export function kernelHost(): KernelHost | undefined {
  return (globalThis as { [key: symbol]: unknown })[Symbol.for('medtune.kernel')] as KernelHost | undefined
}
