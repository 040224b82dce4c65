import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import os from 'node:os'
import path from 'node:path'

const prefix = 'medtune-kernel-'
/** A kernel that starts has its file and does not listen yet; after two minutes it is given up. */
const startingMs = 600_000

/**
 * Removes connection files of kernels that are gone: a process that is killed cannot remove its own. A kernel ends
 * itself when its server does, so that only files stay behind.
 *
 * @returns how many were removed
 */
export async function sweepOrphans(folder: string = os.tmpdir()): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(prefix))
  const removed = await Promise.all(
    names.map(async (name) => {
      const kernelFolder = path.join(folder, name)
      try {
        const file = path.join(kernelFolder, 'connection.json')
        if (Date.now() - (await stat(file)).mtimeMs < startingMs) return 0
        const { ip, shell_port } = JSON.parse(await readFile(file, 'utf8'))
        if (await isListening(String(ip), Number(shell_port))) return 0
        await rm(kernelFolder, { recursive: true, force: true })
        return 1
      } catch {
        // Of another user, or just being made.
        return 0
      }
    }),
  )
  return removed.reduce<number>((sum, count) => sum + count, 0)
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 })
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(true))
    socket.once('error', () => end(false))
  })
}
