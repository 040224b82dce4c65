import { cp } from 'node:fs/promises'
import path from 'node:path'

/** Copies those files and folders of a list that are there; links, as the hub's cache holds them, as what they lead to. */
export async function copyPresent(names: readonly string[], from: string, to: string): Promise<void> {
  for (const name of names) {
    const options = { recursive: true, dereference: true }
    await cp(path.join(from, name), path.join(to, name), options).catch((error: NodeJS.ErrnoException) => {
      // Not every tokenizer has every file, and a model's name need not be a folder.
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    })
  }
}
