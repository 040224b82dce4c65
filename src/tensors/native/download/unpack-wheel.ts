import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { MedtuneError } from '../../../errors.js'
import type { ByteSource } from './byte-source.js'
import { extractMembers } from './extract-members.js'
import { readZipDirectory, type ZipMember } from './zip-directory.js'

export interface UnpackOptions {
  readonly source: ByteSource
  /** Appears whole or not at all; `FOLDER.incomplete` beside it is what a later run goes on with. */
  readonly folder: string
  /** Which members travel. */
  readonly choose: (members: readonly ZipMember[]) => readonly ZipMember[]
  /** Say what would be unpacked; do not. */
  readonly dryRun: boolean
  readonly signal?: AbortSignal | undefined
  readonly onStage?: ((line: string) => void) | undefined
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined
}

/**
 * Unpacks the chosen members of a wheel; a folder that is there already is left as it is.
 * @throws MedtuneError NETWORK, SETUP_FAILED when the disk has no room
 */
export async function unpackWheel(options: UnpackOptions): Promise<void> {
  const { source, folder, dryRun, signal, onProgress } = options
  if (existsSync(folder)) return
  const members = options
    .choose(await readZipDirectory(source))
    .filter(({ name }) => !name.split('/').includes('..'))
  const transferBytes = members.reduce((sum, { compressedBytes }) => sum + compressedBytes, 0)
  options.onStage?.(`${dryRun ? 'would unpack' : 'unpacking'} ${megabytes(transferBytes)} of ${source.name}`)
  if (dryRun) return
  const incomplete = `${folder}.incomplete`
  mkdirSync(incomplete, { recursive: true })
  await requireSpace(incomplete, members)
  await extractMembers({
    ...{ source, members, folder: incomplete },
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  })
  renameSync(incomplete, folder)
}

/** For a folder that turned out to be unusable: the next run unpacks it again. */
export function discardUnpacked(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

async function requireSpace(folder: string, members: readonly ZipMember[]): Promise<void> {
  const unpacked = members.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const largest = Math.max(...members.map(({ compressedBytes }) => compressedBytes))
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= unpacked + largest) return
  throw new MedtuneError(
    'SETUP_FAILED',
    `the disk of ${folder} must have ${megabytes(unpacked + largest)} free for what setup downloads; it has ${megabytes(bavail * bsize)}. ` +
      'Free some, or set XDG_CACHE_HOME to another disk.',
  )
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}
