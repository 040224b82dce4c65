import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { tensorflowCacheFolder } from '../binding-cache.js'
import { type CudaPart, cudaCompiler, cudaParts } from './cuda-parts.js'
import { findSystemLibrary } from './system-libraries.js'

/** Where each library of CUDA was found. */
export interface CudaLibraries {
  /** Absolute paths by soname, in the order in which they load. */
  readonly found: ReadonlyMap<string, string>
  /** Parts of which something is missing. */
  readonly missing: readonly CudaPart[]
  /** Holds `bin/ptxas` and `nvvm/libdevice`; undefined when there is none. */
  readonly compilerFolder: string | undefined
}

/**
 * Looks for CUDA's libraries beside TensorFlow (as pip puts them), among what setup downloaded, and where the dynamic
 * loader looks.
 * @param tensorflowFolder the `tensorflow` package folder
 */
export async function findCudaLibraries(tensorflowFolder: string): Promise<CudaLibraries> {
  const found = new Map<string, string>()
  const missing: CudaPart[] = []
  for (const part of cudaParts) {
    const files = await Promise.all(part.sonames.map((name) => findLibrary(tensorflowFolder, part, name)))
    part.sonames.forEach((name, index) => {
      const file = files[index]
      if (file !== undefined) found.set(name, file)
    })
    if (files.includes(undefined)) missing.push(part)
  }
  const compilerFolder = partFolders(tensorflowFolder, cudaCompiler)
    .concat('/usr/local/cuda')
    .find(hasCompiler)
  return { found, missing, compilerFolder }
}

async function findLibrary(
  tensorflowFolder: string,
  part: CudaPart,
  soname: string,
): Promise<string | undefined> {
  const files = partFolders(tensorflowFolder, part).map((folder) => path.join(folder, 'lib', soname))
  return files.find((file) => existsSync(file)) ?? (await findSystemLibrary(soname))
}

/** Folders that hold this part, as a wheel unpacks it, nearest first. */
function partFolders(tensorflowFolder: string, part: CudaPart): string[] {
  const inPackage = path.join('nvidia', part.folder)
  const cache = tensorflowCacheFolder()
  const downloaded = existsSync(cache) ? readdirSync(cache) : []
  return [
    path.join(path.dirname(tensorflowFolder), inPackage),
    ...downloaded
      .filter((name) => name.startsWith(`${part.project}-`) && !name.endsWith('.incomplete'))
      .map((name) => path.join(cache, name, inPackage)),
  ]
}

function hasCompiler(folder: string): boolean {
  return existsSync(path.join(folder, 'bin/ptxas')) && existsSync(path.join(folder, 'nvvm/libdevice'))
}
