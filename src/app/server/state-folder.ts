import { mkdir, readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { writeFileAtomically } from '../../atomic-file.js'

/** Where the app keeps settings, workspaces, checkpoints and trust: outside of the notebooks. */
export function defaultStateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_STATE_HOME || path.join(os.homedir(), '.local', 'state')
  return path.join(base, 'medtune')
}

/** JSON documents by kind and id, one file each. */
export class StateFolder {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(folder: string): Promise<StateFolder> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return new StateFolder(folder)
  }

  /** @returns undefined where nothing was written yet, or what is there is damaged */
  async read(kind: string, id: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.#file(kind, id), 'utf8'))
    } catch {
      return undefined
    }
  }

  async write(kind: string, id: string, value: unknown): Promise<void> {
    await writeFileAtomically(this.#file(kind, id), `${JSON.stringify(value, null, 2)}\n`)
  }

  /** Ids come from clients: encoded, they are names without any separator. */
  #file(kind: string, id: string): string {
    return path.join(this.folder, kind, `${Buffer.from(id).toString('base64url')}.json`)
  }
}
