import { mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { interrupted } from './hub-errors.js'
import type { HubSession } from './hub-session.js'

const refreshEveryMs = 5000
/** A lock of another machine that was not refreshed for so long is left over. */
const staleAfterMs = 60_000

/**
 * Runs `work` while no other medtune process works under the same name. The lock is a file with the holder's process id;
 * one whose holder is gone is taken over. Python's tool does not look at it and need not: it writes to names of its own
 * and renames whole files into place, as we do.
 *
 * @throws INTERRUPTED while waiting; whatever `work` throws
 */
export async function withLock<Result>(
  session: HubSession,
  file: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await mkdir(path.dirname(file), { recursive: true })
  await acquire(session, file)
  const refresh = setInterval(() => {
    const now = new Date()
    utimes(file, now, now).catch(() => undefined)
  }, refreshEveryMs)
  refresh.unref()
  try {
    return await work()
  } finally {
    clearInterval(refresh)
    await rm(file, { force: true })
  }
}

async function acquire(session: HubSession, file: string): Promise<void> {
  for (let waits = 0; ; waits++) {
    if (session.signal?.aborted) throw interrupted(session)
    try {
      const handle = await open(file, 'wx')
      await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }))
      await handle.close()
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (await isLeftOver(file)) {
      await rm(file, { force: true })
      continue
    }
    if (waits === 10) session.onNotice?.('another process is downloading the same file; waiting for it')
    await delay(200)
  }
}

async function isLeftOver(file: string): Promise<boolean> {
  const status = await stat(file).catch(() => undefined)
  if (status === undefined) return false
  const holder = await readHolder(file)
  if (holder?.host === hostname()) return !isAlive(holder.pid)
  return Date.now() - status.mtimeMs > staleAfterMs
}

async function readHolder(file: string): Promise<{ pid: number; host: string } | undefined> {
  try {
    const { pid, host } = JSON.parse(await readFile(file, 'utf8'))
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : undefined
  } catch {
    return undefined // Just made and not yet written, or gone.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
