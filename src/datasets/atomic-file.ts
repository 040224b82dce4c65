import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'

/** Adds text to a file that is being written. */
export type Append = (text: string) => Promise<void>

const flushAtChars = 512 * 1024

/**
 * Writes a file so that a reader sees the old one or the whole new one, never a part: a temporary file beside it, fsync,
 * rename. When `write` throws, the temporary file is removed and the old file stays.
 *
 * @throws MedtuneError FILE_UNWRITABLE; whatever `write` throws
 */
export async function writeFileAtomically(
  file: string,
  write: (append: Append) => Promise<void>,
): Promise<void> {
  const folder = path.dirname(file)
  const temporary = path.join(folder, `.${path.basename(file)}.${randomBytes(4).toString('hex')}.partial`)
  // A second Ctrl-C ends the process in the middle: that must leave no half file either.
  const removeOnExit = (): void => rmSync(temporary, { force: true })
  process.once('exit', removeOnExit)
  try {
    await mkdir(folder, { recursive: true })
    await writeAndSync(temporary, write)
    await rename(temporary, file)
    await syncFolder(folder)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw new MedtuneError(
      'FILE_UNWRITABLE',
      `cannot write ${file}. Check the folder's permissions and free space.`,
      { cause },
    )
  } finally {
    process.off('exit', removeOnExit)
  }
}

async function writeAndSync(file: string, write: (append: Append) => Promise<void>): Promise<void> {
  const handle = await open(file, 'wx')
  try {
    let pending: string[] = []
    let pendingChars = 0
    const flush = async (): Promise<void> => {
      await handle.writeFile(pending.join(''))
      pending = []
      pendingChars = 0
    }
    await write(async (text) => {
      pending.push(text)
      pendingChars += text.length
      if (pendingChars >= flushAtChars) await flush()
    })
    await flush()
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the rename itself durable. Windows cannot open a folder; there the rename alone must do. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
