import { existsSync, readdirSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { MedtuneError } from '../errors.js'

/** How Jupyter starts a kernel. @see https://jupyter-client.readthedocs.io/en/latest/kernels.html#kernel-specs */
export interface KernelSpec {
  readonly name: string
  /** Folder of its kernel.json. */
  readonly folder: string
  readonly argv: readonly string[]
  readonly displayName: string
  readonly language: string
  /** How the kernel is interrupted: by SIGINT, or by an interrupt_request on its control channel. */
  readonly interruptMode: 'signal' | 'message'
  readonly env: Readonly<Record<string, string>>
}

/** Name of the kernel that comes with this package. */
export const ownKernelName = 'medtune'

/** Folder of the kernel that comes with this package. */
export const ownKernelFolder: string = fileURLToPath(new URL('../../kernels/tslab', import.meta.url))

/** The user's own Jupyter data folder, by Jupyter's rules for the platform. */
export function userDataFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR
  if (platform === 'darwin') return path.join(os.homedir(), 'Library', 'Jupyter')
  if (platform === 'win32')
    return path.join(env.APPDATA ?? path.join(os.homedir(), 'AppData', 'Roaming'), 'jupyter')
  return path.join(env.XDG_DATA_HOME || path.join(os.homedir(), '.local', 'share'), 'jupyter')
}

/** Folders that hold kernels, first hit wins: JUPYTER_PATH, the user's, the active Python environment's, the machine's. */
export function kernelFolders(
  env: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): string[] {
  const fromPath = (env.JUPYTER_PATH ?? '').split(path.delimiter)
  const environments = [env.VIRTUAL_ENV, env.CONDA_PREFIX].flatMap((prefix) =>
    prefix ? [path.join(prefix, 'share', 'jupyter')] : [],
  )
  const machine =
    platform === 'win32'
      ? [path.join(env.PROGRAMDATA ?? 'C:\\ProgramData', 'jupyter')]
      : ['/usr/local/share/jupyter', '/usr/share/jupyter']
  const folders = [
    ...fromPath.filter((folder) => folder !== ''),
    userDataFolder(env, platform),
    ...environments,
    ...machine,
  ]
  return [...new Set(folders.map((folder) => path.join(folder, 'kernels')))]
}

/**
 * The kernel of this name. `medtune` is always the one of this package, installed or not, so that a notebook runs
 * with the library that belongs to the command.
 *
 * @throws MedtuneError KERNEL_FAILED when no folder has it or its kernel.json is broken
 */
export function findKernelSpec(name: string): KernelSpec {
  if (name === ownKernelName) return ownKernelSpec()
  const found = kernelFolders()
    .map((folder) => path.join(folder, name))
    .find((folder) => existsSync(path.join(folder, 'kernel.json')))
  if (found !== undefined) return readKernelSpec(name, found)
  const known = [ownKernelName, ...listKernelSpecs().map((spec) => spec.name)]
  throw new MedtuneError(
    'KERNEL_FAILED',
    `kernel ${JSON.stringify(name)} must be installed; it is in none of Jupyter's folders. Choose one of: ${[...new Set(known)].join(', ')}.`,
  )
}

/** Every installed kernel; broken ones are left out. */
export function listKernelSpecs(): KernelSpec[] {
  const specs = new Map<string, KernelSpec>()
  for (const folder of kernelFolders()) {
    const names = existsSync(folder) ? readdirSync(folder) : []
    for (const name of names) {
      if (specs.has(name) || !existsSync(path.join(folder, name, 'kernel.json'))) continue
      try {
        specs.set(name, readKernelSpec(name, path.join(folder, name)))
      } catch {
        // A kernel that another program left broken is no reason to hide the others.
      }
    }
  }
  return [...specs.values()]
}

/** kernel.json of this package's kernel with the paths of this machine; what `kernel install` writes. */
export function ownKernelJson(): Record<string, unknown> {
  const template = JSON.parse(readFileSync(path.join(ownKernelFolder, 'kernel.json'), 'utf8'))
  const launcher = path.join(ownKernelFolder, 'kernel.cjs')
  const fill = (argument: string) =>
    argument.replace('{node}', process.execPath).replace('{launcher}', launcher)
  return { ...template, argv: template.argv.map(fill) }
}

function ownKernelSpec(): KernelSpec {
  return toKernelSpec(ownKernelName, ownKernelFolder, ownKernelJson())
}

function readKernelSpec(name: string, folder: string): KernelSpec {
  const file = path.join(folder, 'kernel.json')
  try {
    return toKernelSpec(name, folder, JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new MedtuneError('KERNEL_FAILED', `${file} must be a kernel spec; it cannot be read as one.`, {
      cause,
    })
  }
}

function toKernelSpec(name: string, folder: string, json: Record<string, unknown>): KernelSpec {
  if (!Array.isArray(json.argv) || json.argv.length === 0) throw new Error('argv is missing')
  const env = Object.entries((json.env ?? {}) as object).map(([key, value]) => [key, String(value)])
  return {
    name,
    folder,
    argv: json.argv.map((argument) => String(argument).replace('{resource_dir}', folder)),
    displayName: String(json.display_name ?? name),
    language: String(json.language ?? ''),
    interruptMode: json.interrupt_mode === 'message' ? 'message' : 'signal',
    env: Object.fromEntries(env),
  }
}
