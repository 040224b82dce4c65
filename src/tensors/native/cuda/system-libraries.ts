import { existsSync } from 'node:fs'
import path from 'node:path'
import { runProcess } from '../run-process.js'

const usualFolders = [
  '/usr/local/cuda/lib64',
  '/usr/local/cuda-12/lib64',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib/wsl/lib',
]

/**
 * Where the dynamic loader finds a library by its soname: `LD_LIBRARY_PATH`, its cache, the usual folders.
 * @returns undefined when it does not
 */
export async function findSystemLibrary(soname: string): Promise<string | undefined> {
  const named = (process.env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder !== '')
  const inNamed = named.map((folder) => path.join(folder, soname)).find((file) => existsSync(file))
  if (inNamed !== undefined) return inNamed
  const cached = (await loaderCache()).get(soname)
  if (cached !== undefined && existsSync(cached)) return cached
  return usualFolders.map((folder) => path.join(folder, soname)).find((file) => existsSync(file))
}

let cache: Promise<ReadonlyMap<string, string>> | undefined

/** Files of the loader's cache by soname; read once per process. */
function loaderCache(): Promise<ReadonlyMap<string, string>> {
  cache ??= readLoaderCache()
  return cache
}

async function readLoaderCache(): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>()
  for (const program of ['ldconfig', '/sbin/ldconfig']) {
    const { exitCode, stdout } = await runProcess(program, ['-p'], { timeoutMs: 10_000 })
    if (exitCode !== 0) continue
    for (const [, soname, file] of stdout.matchAll(/^\s*(\S+) \([^)]*\) => (\S+)$/gm)) {
      if (soname !== undefined && file !== undefined && !files.has(soname)) files.set(soname, file)
    }
    break
  }
  return files
}
