import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FastifyInstance } from 'fastify'

/** Requests and answers above this leave that much behind. */
const largeBytes = 4 * 2 ** 20

/** Late enough not to stand in the way of what follows at once: a save after an edit, a checkpoint. */
const pauseMs = 1_000

/**
 * Gives back the memory of large notebooks once they were sent or saved. A server that does nothing allocates
 * nothing, so that its garbage would never be collected: hundreds of MB, for as long as the app is open.
 */
export function releaseMemoryAfterLargeRequests(app: FastifyInstance): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let timer: NodeJS.Timeout | undefined
  app.addHook('onResponse', async ({ headers }, reply) => {
    const bytes = Math.max(
      Number(headers['content-length'] ?? 0),
      Number(reply.getHeader('content-length') ?? 0),
    )
    if (bytes < largeBytes) return
    clearTimeout(timer)
    timer = setTimeout(collect, pauseMs).unref()
  })
  app.addHook('onClose', async () => clearTimeout(timer))
}
