import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { MedtuneError } from '../../errors.js'
import { bindingFileName } from './binding.js'
import type { TensorFlowInstallation } from './tensorflow-installation.js'

/** `manifest.json` beside a compiled binding. Written last: a folder without it is not used. */
export interface BindingManifest {
  readonly key: string
  readonly tensorflowVersion: string
  /** Folder of TensorFlow's shared libraries, which the binding loads from there. */
  readonly tensorflowFolder: string
  readonly bindingVersion: string
  /** `BindingSources.hash` of what was compiled. */
  readonly sourcesHash: string
  readonly platform: string
  readonly compiler: string
  /** Only for a binding that computes on a graphics card. */
  readonly cuda?: CudaManifest
}

/** What of CUDA a binding was set up with. */
export interface CudaManifest {
  /** Absolute paths, in the order in which they are loaded. */
  readonly libraries: readonly string[]
  /** Holds `bin/ptxas` and `nvvm/libdevice`. */
  readonly compilerFolder: string
}

export type NativeDevice = 'cpu' | 'gpu'

/** A compiled binding ready to load. */
export interface CachedBinding {
  readonly folder: string
  readonly manifest: BindingManifest
}

type Environment = Readonly<Record<string, string | undefined>>

const manifestName = 'manifest.json'
const activeName: Readonly<Record<NativeDevice, string>> = { cpu: 'active.json', gpu: 'active-gpu.json' }

/** Per-user folder of compiled bindings: `$XDG_CACHE_HOME/medtune/native`, by default under `~/.cache`. */
export function bindingCacheFolder(environment: Environment = process.env): string {
  return path.join(userCacheFolder(environment), 'native')
}

/** Per-user folder of downloaded TensorFlow libraries. */
export function tensorflowCacheFolder(environment: Environment = process.env): string {
  return path.join(userCacheFolder(environment), 'tensorflow')
}

function userCacheFolder(environment: Environment): string {
  const xdg = environment.XDG_CACHE_HOME
  const base = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(homedir(), '.cache')
  return path.join(base, 'medtune')
}

export function platformName(): string {
  return `${process.platform}-${process.arch}`
}

/** Name of the cache folder of one combination of versions, machine and TensorFlow location. */
export function bindingKey(
  tensorflow: TensorFlowInstallation,
  sources: { version: string; hash: string },
  platform: string = platformName(),
  cuda?: CudaManifest,
): string {
  const parts = [sources.hash, platform, tensorflow.version, tensorflow.folder]
  const cudaParts = cuda === undefined ? [] : [...cuda.libraries, cuda.compilerFolder]
  const digest = createHash('sha256')
    .update([...parts, ...cudaParts].join('\n'))
    .digest('hex')
    .slice(0, 12)
  return `tensorflow-${tensorflow.version}${cuda === undefined ? '' : '-cuda'}-binding-${sources.version}-${platform}-${digest}`
}

export function readManifest(folder: string): BindingManifest | undefined {
  try {
    const manifest = JSON.parse(
      readFileSync(path.join(folder, manifestName), 'utf8'),
    ) as Partial<BindingManifest>
    const complete = typeof manifest.key === 'string' && typeof manifest.tensorflowFolder === 'string'
    return complete && existsSync(path.join(folder, bindingFileName))
      ? (manifest as BindingManifest)
      : undefined
  } catch {
    return undefined
  }
}

export function writeManifest(folder: string, manifest: BindingManifest): void {
  writeFileSync(path.join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** Makes `key` the binding that the backend of this device loads. */
export function activateBinding(cacheFolder: string, key: string, device: NativeDevice = 'cpu'): void {
  const file = path.join(cacheFolder, activeName[device])
  const temporary = `${file}.${process.pid}`
  writeFileSync(temporary, `${JSON.stringify({ key })}\n`)
  renameSync(temporary, file)
}

/**
 * The binding to load: the folder `MEDTUNE_NATIVE_DIR` names, else the one that setup made last.
 * @throws MedtuneError BACKEND_UNAVAILABLE when there is none, or it does not fit this package any more
 */
export function findCachedBinding(
  sourcesHash: string,
  environment: Environment = process.env,
  device: NativeDevice = 'cpu',
): CachedBinding {
  const setupRemedy = `Run: medtune setup --${device}`
  const folder = environment.MEDTUNE_NATIVE_DIR ?? activeFolder(bindingCacheFolder(environment), device)
  const manifest = folder === undefined ? undefined : readManifest(folder)
  if (folder === undefined || manifest === undefined) {
    const where = environment.MEDTUNE_NATIVE_DIR ?? bindingCacheFolder(environment)
    throw unavailable(`TensorFlow must be set up; no compiled binding in ${where}. ${setupRemedy}`)
  }
  if (manifest.platform !== platformName()) {
    throw unavailable(
      `TensorFlow binding must be built for ${platformName()}; got ${manifest.platform}. ${setupRemedy}`,
    )
  }
  if (manifest.sourcesHash !== sourcesHash) {
    throw unavailable(
      `TensorFlow binding must be built by this version of medtune; got an older one. ${setupRemedy}`,
    )
  }
  if (!existsSync(manifest.tensorflowFolder)) {
    throw unavailable(
      `TensorFlow must be where it was at setup; ${manifest.tensorflowFolder} is gone. ${setupRemedy}`,
    )
  }
  const gone = manifest.cuda?.libraries.find((file) => !existsSync(file))
  if (gone !== undefined) {
    throw unavailable(`CUDA must be where it was at setup; ${gone} is gone. ${setupRemedy}`)
  }
  return { folder, manifest }
}

function activeFolder(cacheFolder: string, device: NativeDevice): string | undefined {
  try {
    const file = path.join(cacheFolder, activeName[device])
    const { key } = JSON.parse(readFileSync(file, 'utf8')) as { key?: unknown }
    return typeof key === 'string' ? path.join(cacheFolder, path.basename(key)) : undefined
  } catch {
    return undefined
  }
}

function unavailable(message: string): MedtuneError {
  return new MedtuneError('BACKEND_UNAVAILABLE', message)
}
