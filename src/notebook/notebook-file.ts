import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import type { Notebook } from './nbformat.js'
import { parseNotebook } from './parse-notebook.js'
import { serializeNotebook } from './serialize-notebook.js'

/**
 * @throws MedtuneError FILE_NOT_FOUND, FILE_UNREADABLE, INVALID_NOTEBOOK
 */
export async function readNotebook(file: string): Promise<Notebook> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT')
      throw new MedtuneError('FILE_NOT_FOUND', `${file} does not exist.`, { cause })
    throw new MedtuneError('FILE_UNREADABLE', `${file} cannot be read (${codeOf(cause)}).`, { cause })
  }
  return parseNotebook(text, file)
}

/** Writes the notebook beside its place first and renames: readers see the old file or the new one, never a part. */
export async function writeNotebook(file: string, notebook: Notebook): Promise<void> {
  await writeFileAtomically(file, serializeNotebook(notebook))
}

/**
 * @throws MedtuneError FILE_UNWRITABLE
 */
export async function writeFileAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID().slice(0, 8)}.tmp`)
  try {
    const handle = await open(temporary, 'w')
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw new MedtuneError('FILE_UNWRITABLE', `${file} cannot be written (${codeOf(cause)}).`, { cause })
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
