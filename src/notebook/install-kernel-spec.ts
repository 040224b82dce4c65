import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../errors.js'
import { ownKernelFolder, ownKernelJson, ownKernelName, userDataFolder } from './kernel-spec.js'

/** Where a kernel spec goes: the user's data folder, or `share/jupyter` under a prefix such as a Python environment. */
export type InstallTarget = { readonly user: true } | { readonly prefix: string }

const LOGO = /^logo-.*\.(svg|png)$/

/**
 * Makes this package's kernel known to every Jupyter front end, without Python.
 *
 * @returns the folder written
 * @throws MedtuneError FILE_UNWRITABLE
 */
export async function installKernelSpec(target: InstallTarget): Promise<string> {
  const folder = kernelSpecFolder(target)
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(path.join(folder, 'kernel.json'), `${JSON.stringify(ownKernelJson(), null, 2)}\n`)
    const logos = (await readdir(ownKernelFolder)).filter((file) => LOGO.test(file))
    for (const logo of logos) await cp(path.join(ownKernelFolder, logo), path.join(folder, logo))
  } catch (cause) {
    const message = `${folder} must be writable; the kernel was not installed. Choose another place with --user or --prefix.`
    throw new MedtuneError('FILE_UNWRITABLE', message, { cause })
  }
  return folder
}

/**
 * @returns the folder removed, or undefined where no kernel was installed
 */
export async function removeKernelSpec(target: InstallTarget): Promise<string | undefined> {
  const folder = kernelSpecFolder(target)
  const isInstalled = await stat(path.join(folder, 'kernel.json')).catch(() => undefined)
  if (!isInstalled) return undefined
  await rm(folder, { recursive: true })
  return folder
}

function kernelSpecFolder(target: InstallTarget): string {
  const data =
    'user' in target ? userDataFolder() : path.join(path.resolve(target.prefix), 'share', 'jupyter')
  return path.join(data, 'kernels', ownKernelName)
}
