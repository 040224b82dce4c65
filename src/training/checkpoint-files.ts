import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'

/** Size and SHA-256 of every other file of a checkpoint: a changed, missing or exchanged file is found before use. */
const checksumsFile = 'checksums.json'
/** Raised when an older reader could not read what is written. */
const formatVersion = 1

interface Checksums {
  readonly format_version: number
  readonly files: Readonly<Record<string, { readonly size_bytes: number; readonly sha256: string }>>
}

/** `checkpoint-{step}` in `outputDir`. */
export function checkpointFolder(outputDir: string, step: number): string {
  return path.join(outputDir, `checkpoint-${step}`)
}

/** Steps of the checkpoints in a folder, the newest first; none when there is no such folder. */
export async function checkpointSteps(outputDir: string): Promise<number[]> {
  const names = await readdir(outputDir).catch((): string[] => [])
  return names
    .flatMap((name) => /^checkpoint-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a)
}

const stagingPattern = /^\.checkpoint-\d+\.partial$|^\.saving-[\da-f]+$|^\..+\.[\da-f]{8}\.partial$/
const replacedPattern = /^\.(checkpoint-\d+)\.replaced$/

/** Removes what a killed run left half-written in `outputDir`; puts back a checkpoint that was about to be replaced. */
export async function cleanLeftovers(outputDir: string): Promise<void> {
  const names = await readdir(outputDir).catch((): string[] => [])
  for (const name of names) {
    const replaced = replacedPattern.exec(name)?.[1]
    if (replaced !== undefined && !names.includes(replaced)) {
      await rename(path.join(outputDir, name), path.join(outputDir, replaced))
    } else if (replaced !== undefined || stagingPattern.test(name)) {
      await rm(path.join(outputDir, name), { recursive: true, force: true })
    }
  }
}

/**
 * Makes `checkpoint-{step}`: `write` fills a temporary folder, every file is hashed and synchronized, and the folder
 * takes its name in one step. A process killed at any moment leaves a whole checkpoint or none under that name.
 *
 * @returns the checkpoint's folder
 * @throws FILE_UNWRITABLE, with nothing left behind
 */
export async function writeCheckpointFolder(
  outputDir: string,
  step: number,
  write: (staging: string) => Promise<void>,
): Promise<string> {
  const directory = checkpointFolder(outputDir, step)
  const staging = path.join(outputDir, `.checkpoint-${step}.partial`)
  const replaced = path.join(outputDir, `.checkpoint-${step}.replaced`)
  try {
    await rm(staging, { recursive: true, force: true })
    await mkdir(staging, { recursive: true })
    await write(staging)
    await seal(staging)
    await rm(replaced, { recursive: true, force: true })
    await rename(directory, replaced).catch(ignoreMissing)
    await rename(staging, directory)
    await sync(outputDir)
    await rm(replaced, { recursive: true, force: true })
    return directory
  } catch (cause) {
    await rm(staging, { recursive: true, force: true }).catch(() => undefined)
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause
    throw new MedtuneError(
      'FILE_UNWRITABLE',
      `${directory} must be writable; writing gave ${String((cause as NodeJS.ErrnoException).code)}. Check the folder, its permissions and free disk space.`,
      { cause },
    )
  }
}

/** Writes the checksums of a folder's files, and makes all of them durable. */
export async function seal(directory: string): Promise<void> {
  const files: Record<string, { size_bytes: number; sha256: string }> = {}
  for (const name of (await readdir(directory)).filter((file) => file !== checksumsFile).sort()) {
    const file = path.join(directory, name)
    files[name] = { size_bytes: (await stat(file)).size, sha256: await fileHash(file) }
    await sync(file)
  }
  await writeFile(path.join(directory, checksumsFile), serialize({ format_version: formatVersion, files }))
  await sync(path.join(directory, checksumsFile))
  await sync(directory)
}

/**
 * Checks that a checkpoint is exactly what was written.
 *
 * @throws FILE_NOT_FOUND when there is no checkpoint; INVALID_CHECKPOINT with the file that is missing or changed
 */
export async function verifyCheckpoint(directory: string): Promise<void> {
  const { files } = await readChecksums(directory)
  for (const [name, expected] of Object.entries(files)) {
    const file = path.join(directory, name)
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    )
    if (size === undefined) throw invalidCheckpoint(directory, `${name} is missing`)
    if (size !== expected.size_bytes) {
      throw invalidCheckpoint(directory, `${name} must have ${expected.size_bytes} bytes; it has ${size}`)
    }
    if ((await fileHash(file)) !== expected.sha256) {
      throw invalidCheckpoint(directory, `${name} has other bytes than were written`)
    }
  }
}

async function readChecksums(directory: string): Promise<Checksums> {
  const text = await readFile(path.join(directory, checksumsFile), 'utf8').catch(async () => {
    const exists = await stat(directory).then(
      (found) => found.isDirectory(),
      () => false,
    )
    if (exists) throw invalidCheckpoint(directory, `${checksumsFile} is missing`)
    throw new MedtuneError(
      'FILE_NOT_FOUND',
      `checkpoint not found: ${directory}. Name a checkpoint-{step} folder of the run, or latest.`,
    )
  })
  let checksums: Checksums | undefined
  try {
    const { files, format_version } = JSON.parse(text) as Checksums
    checksums = { format_version, files }
  } catch {
    // Reported below, as any other change to the file is.
  }
  if (checksums !== undefined && checksums.format_version !== formatVersion) {
    throw invalidCheckpoint(
      directory,
      `format_version of ${checksumsFile} must be ${formatVersion}; got ${String(checksums.format_version).slice(0, 20)}`,
    )
  }
  if (checksums === undefined || typeof checksums.files !== 'object' || serialize(checksums) !== text) {
    throw invalidCheckpoint(directory, `${checksumsFile} has other bytes than were written`)
  }
  return checksums
}

/** One spelling only, with a hash of itself: no byte of the file can change unnoticed. */
function serialize({ format_version, files }: Checksums): string {
  const sha256 = createHash('sha256').update(JSON.stringify({ format_version, files })).digest('hex')
  return `${JSON.stringify({ format_version, files, sha256 }, null, 2)}\n`
}

async function fileHash(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function sync(file: string): Promise<void> {
  // Windows cannot open a folder; there the rename alone must do.
  if (process.platform === 'win32' && (await stat(file)).isDirectory()) return
  const handle = await open(file, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

/** A checkpoint that must not be used. */
export function invalidCheckpoint(directory: string, problem: string): MedtuneError {
  return new MedtuneError(
    'INVALID_CHECKPOINT',
    `${directory} must be an intact checkpoint; ${problem}. Resume from another one, or from latest.`,
  )
}
