import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from './errors.js'

/** Adds text or bytes to a file that is being written. */
export type Append = (content: string | Uint8Array) => Promise<void>

const flushAtChars = 512 * 1024
const maxBytesPerWrite = 2 ** 30

/**
 * Writes a file so that a reader sees the old one or the whole new one, never a part: a temporary file beside it, fsync,
 * rename. The old file's permissions stay. When `write` throws, the temporary file is removed and the old file stays.
 *
 * @param content the whole content, or a function that appends it piece by piece
 * @throws MedtuneError FILE_UNWRITABLE; whatever `write` throws
 */
export async function writeFileAtomically(
  file: string,
  content: string | Uint8Array | ((append: Append) => Promise<void>),
): Promise<void> {
  const write = typeof content === 'function' ? content : (append: Append) => append(content)
  const folder = path.dirname(file)
  const temporary = path.join(folder, `.${path.basename(file)}.${randomBytes(4).toString('hex')}.partial`)
  // A second Ctrl-C ends the process in the middle: that must leave no half file either.
  const removeOnExit = (): void => rmSync(temporary, { force: true })
  process.once('exit', removeOnExit)
  try {
    await mkdir(folder, { recursive: true })
    await writeAndSync(temporary, { write, mode: await modeOf(file) })
    await rename(temporary, file)
    await syncFolder(folder)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw new MedtuneError(
      'FILE_UNWRITABLE',
      `${file} must be writable; writing gave ${String((cause as NodeJS.ErrnoException).code)}. Check the folder, its permissions and free disk space.`,
      { cause },
    )
  } finally {
    process.off('exit', removeOnExit)
  }
}

/** A private file stays private when it is written anew. */
async function modeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ mode }) => mode & 0o777,
    () => undefined,
  )
}

interface Writing {
  readonly write: (append: Append) => Promise<void>
  readonly mode: number | undefined
}

async function writeAndSync(file: string, { write, mode }: Writing): Promise<void> {
  const handle = await open(file, 'wx', mode)
  try {
    // The mask of the process took bits away.
    if (mode !== undefined && process.platform !== 'win32') await handle.chmod(mode)
    let pending: string[] = []
    let pendingChars = 0
    const flush = async (): Promise<void> => {
      if (pendingChars > 0) await handle.writeFile(pending.join(''))
      pending = []
      pendingChars = 0
    }
    await write(async (content) => {
      if (typeof content !== 'string') {
        await flush()
        await writeBytes(handle, content)
        return
      }
      pending.push(content)
      pendingChars += content.length
      if (pendingChars >= flushAtChars) await flush()
    })
    await flush()
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** `write` may write less than asked, and never more than 2 GiB. */
async function writeBytes(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0
  while (done < bytes.byteLength) {
    const length = Math.min(bytes.byteLength - done, maxBytesPerWrite)
    done += (await handle.write(bytes, done, length)).bytesWritten
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
