const defaultIdleSeconds = 3600
const longestPauseMs = 30_000

interface IdleKernel {
  readonly connections: number
  readonly isBusy: boolean
  readonly idleMs: number
  shutdown(): Promise<void>
}

interface IdleKernels {
  readonly kernels: readonly IdleKernel[]
  hasSession(kernel: IdleKernel): boolean
}

/**
 * Ends kernels that nobody is connected to and that did nothing for a while. A kernel that computes is left alone.
 *
 * @param idleSeconds 0 for never; undefined for an hour, and then only kernels that belong to no document: a closed
 * page keeps its variables
 * @returns what stops this
 */
export function startCulling(registry: IdleKernels, idleSeconds: number | undefined): () => void {
  if (idleSeconds === 0) return () => {}
  const idleMs = 1000 * (idleSeconds ?? defaultIdleSeconds)
  const cull = (): void => {
    for (const kernel of registry.kernels) {
      const isInUse = kernel.connections > 0 || kernel.isBusy || kernel.idleMs < idleMs
      if (isInUse || (idleSeconds === undefined && registry.hasSession(kernel))) continue
      // A kernel that does not end is ended by the next round, or with the server.
      kernel.shutdown().catch(() => {})
    }
  }
  const timer = setInterval(cull, Math.min(longestPauseMs, idleMs / 2))
  timer.unref()
  return () => clearInterval(timer)
}
