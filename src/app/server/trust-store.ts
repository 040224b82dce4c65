import { createHmac, randomBytes } from 'node:crypto'
import { appendFile, chmod, readFile } from 'node:fs/promises'
import path from 'node:path'
import { writeFileAtomically } from '../../atomic-file.js'
import type { Notebook, Output } from '../../notebook/nbformat.js'

/** Forms of an output that cannot run anything. */
const harmless = new Set(['text/plain', 'image/png', 'image/jpeg'])

/**
 * Remembers which notebooks this user ran and saved here, by a keyed digest of code and outputs. A file that says of
 * itself that it is trusted is not believed.
 */
export class TrustStore {
  readonly #file: string
  readonly #key: string
  readonly #digests: Set<string>

  private constructor(file: string, key: string, digests: Set<string>) {
    this.#file = file
    this.#key = key
    this.#digests = digests
  }

  static async open(folder: string): Promise<TrustStore> {
    const keyFile = path.join(folder, 'trust.key')
    const file = path.join(folder, 'trust.txt')
    let key = await readFile(keyFile, 'utf8').catch(() => '')
    if (key === '') {
      key = randomBytes(32).toString('hex')
      await writeFileAtomically(keyFile, key)
      await chmod(keyFile, 0o600)
    }
    const digests = await readFile(file, 'utf8').catch(() => '')
    return new TrustStore(file, key, new Set(digests.split('\n').filter((line) => line !== '')))
  }

  /** Sets `trusted` on every code cell, from what was remembered alone. */
  mark(notebook: Notebook): void {
    // The digest of a large notebook takes its time, and where nothing can do harm it decides nothing.
    const isKnown = !isHarmlessNotebook(notebook) && this.#digests.has(this.#digest(notebook))
    for (const cell of notebook.cells) {
      delete cell.metadata.trusted
      if (cell.cell_type === 'code')
        cell.metadata.trusted = isKnown || cell.outputs.every((output) => isHarmless(output))
    }
  }

  /** Remembers a notebook with output that could do harm, if every such cell is the client's own run. */
  async remember(notebook: Notebook): Promise<void> {
    if (isHarmlessNotebook(notebook)) return
    const isOwn = notebook.cells.every(
      (cell) => cell.cell_type !== 'code' || cell.metadata.trusted === true || cell.outputs.every(isHarmless),
    )
    const digest = this.#digest(notebook)
    if (!isOwn || this.#digests.has(digest)) return
    this.#digests.add(digest)
    await appendFile(this.#file, `${digest}\n`, { mode: 0o600 })
  }

  #digest(notebook: Notebook): string {
    const hmac = createHmac('sha256', this.#key)
    for (const cell of notebook.cells)
      hmac.update(
        JSON.stringify([cell.cell_type, cell.source, cell.cell_type === 'code' ? cell.outputs : []]),
      )
    return hmac.digest('hex')
  }
}

function isHarmlessNotebook({ cells }: Notebook): boolean {
  return cells.every((cell) => cell.cell_type !== 'code' || cell.outputs.every(isHarmless))
}

function isHarmless(output: Output): boolean {
  return !('data' in output) || Object.keys(output.data).every((type) => harmless.has(type))
}
