import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { MedtuneError } from '../errors.js'

export interface ReadOptions {
  /** Called after each chunk with bytes read and the file's size. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
  /** Stops the reading; MedtuneError INTERRUPTED is thrown. */
  readonly signal?: AbortSignal
}

const chunkBytes = 256 * 1024

/**
 * A file in chunks of at most 256 KiB.
 *
 * @throws MedtuneError FILE_NOT_FOUND, FILE_UNREADABLE (a folder, no permission, I/O), INTERRUPTED
 */
export async function* readChunks(file: string, options: ReadOptions = {}): AsyncGenerator<Buffer> {
  const totalBytes = await fileSize(file)
  let doneBytes = 0
  const stream = createReadStream(file, { highWaterMark: chunkBytes })
  try {
    for await (const chunk of stream) {
      stopIfAborted(options.signal)
      yield chunk as Buffer
      doneBytes += (chunk as Buffer).length
      options.onProgress?.(doneBytes, totalBytes)
    }
  } catch (cause) {
    if (cause instanceof Error && 'syscall' in cause) throw unreadable(file, cause)
    throw cause
  } finally {
    stream.destroy()
  }
}

/** @throws MedtuneError INTERRUPTED once the signal is aborted */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new MedtuneError('INTERRUPTED', 'Stopped before the end; no output file was changed.')
}

async function fileSize(file: string): Promise<number> {
  try {
    const status = await stat(file)
    if (status.isDirectory()) {
      throw new MedtuneError(
        'FILE_UNREADABLE',
        `dataset must be a file; ${file} is a folder. Name the file in it.`,
      )
    }
    return status.size
  } catch (cause) {
    if (cause instanceof MedtuneError) throw cause
    const isMissing =
      cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')
    if (!isMissing) throw unreadable(file, cause)
    throw new MedtuneError(
      'FILE_NOT_FOUND',
      `dataset not found: ${file}. Check the path; \`medtune fetch-data\` downloads PubMedQA, \`medtune prepare --all\` makes the prepared files.`,
      { cause },
    )
  }
}

function unreadable(file: string, cause: unknown): MedtuneError {
  return new MedtuneError(
    'FILE_UNREADABLE',
    `${file} must be readable and is not. Check its permissions and the disk.`,
    {
      cause,
    },
  )
}
