import { readFile } from 'node:fs/promises'
import { writeFileAtomically } from '../atomic-file.js'
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

/** @throws MedtuneError FILE_UNWRITABLE; the old file is then still there */
export async function writeNotebook(file: string, notebook: Notebook): Promise<void> {
  await writeFileAtomically(file, serializeNotebook(notebook))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
