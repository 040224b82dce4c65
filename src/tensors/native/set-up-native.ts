import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { MedtuneError } from '../../errors.js'
import {
  activateBinding,
  type BindingManifest,
  bindingCacheFolder,
  bindingKey,
  type CudaManifest,
  platformName,
  readManifest,
  writeManifest,
} from './binding-cache.js'
import { type BindingSources, readBindingSources } from './binding-sources.js'
import { type Compiler, compileBinding, diskFullError, findCompiler } from './compile-binding.js'
import { prepareCuda } from './cuda/prepare-cuda.js'
import { archiveFileTensorFlow, googleTensorFlow } from './download/tensorflow-archive.js'
import { pypiTensorFlow, wheelFileTensorFlow } from './download/tensorflow-wheel.js'
import { downloadZigCompiler } from './download/zig-compiler.js'
import { pythonTensorFlow } from './python-tensorflow.js'
import type {
  TensorFlowInstallation,
  TensorFlowRequest,
  TensorFlowSource,
} from './tensorflow-installation.js'
import { type Verification, verifyBinding } from './verify-binding.js'

export interface SetUpOptions extends TensorFlowRequest {
  /** Find everything, build nothing. */
  readonly dryRun?: boolean
  /** Build even when the cache has it. */
  readonly force?: boolean
  readonly signal?: AbortSignal
  /** A line per stage. */
  readonly onStage?: (line: string) => void
  /** While something is downloaded or unpacked: what it is, how far. */
  readonly onProgress?: (what: string, doneBytes: number, totalBytes: number) => void
}

export interface SetUpResult {
  readonly tensorflow: TensorFlowInstallation
  /** Folder of the compiled binding. */
  readonly folder: string
  /** `current`: it was there already. `planned`: a dry run. */
  readonly outcome: 'built' | 'current' | 'planned'
  /** Undefined for a dry run. */
  readonly verification: Verification | undefined
}

/** Where TensorFlow may come from, in the order asked. */
const tensorflowSources: readonly TensorFlowSource[] = [
  wheelFileTensorFlow,
  archiveFileTensorFlow,
  pythonTensorFlow,
  pypiTensorFlow,
  googleTensorFlow,
]

const supportedPlatforms = ['linux-x64', 'linux-arm64']
const abandonedAfterMs = 3_600_000

/**
 * Makes the native backend ready: finds TensorFlow, compiles the binding against it into the per-user cache and
 * checks it. When the cache has it already, it is only checked.
 * @throws MedtuneError SETUP_FAILED with the remedy
 */
export async function setUpNative(options: SetUpOptions = {}): Promise<SetUpResult> {
  requirePlatform(platformName())
  const { signal, device = 'cpu', dryRun = false, onStage = () => {} } = options
  const tensorflow = await findTensorFlow(options)
  onStage(`TensorFlow ${tensorflow.version} in ${tensorflow.folder} (${tensorflow.foundBy})`)
  const downloads = { ...options, dryRun }
  const cuda = device === 'gpu' ? await prepareCuda(tensorflow, downloads) : undefined
  const sources = readBindingSources()
  const cacheFolder = bindingCacheFolder()
  const key = bindingKey(tensorflow, sources, platformName(), cuda)
  const folder = path.join(cacheFolder, key)
  const isCurrent = !options.force && readManifest(folder) !== undefined
  if (dryRun) {
    const compiler = isCurrent ? undefined : await compilerFor(downloads)
    onStage(
      compiler === undefined
        ? `binding is built: ${folder}`
        : `would build with ${compiler.version}: ${folder}`,
    )
    return { tensorflow, folder, outcome: 'planned', verification: undefined }
  }
  const verification = isCurrent
    ? await verifyBinding(folder, { signal, cuda })
    : await build({ tensorflow, cuda, sources, cacheFolder, key, downloads, onStage })
  activateBinding(cacheFolder, key, device)
  return { tensorflow, folder, outcome: isCurrent ? 'current' : 'built', verification }
}

function requirePlatform(platform: string): void {
  if (supportedPlatforms.includes(platform)) return
  throw new MedtuneError(
    'SETUP_FAILED',
    `the native backend must run on ${supportedPlatforms.join(' or ')}; this is ${platform}. ` +
      'Use --backend wasm, which needs no setup.',
  )
}

async function findTensorFlow(options: SetUpOptions): Promise<TensorFlowInstallation> {
  const looked: string[] = []
  const { dryRun = false } = options
  let unreachable: MedtuneError | undefined
  for (const source of tensorflowSources) {
    try {
      const found = await source.find({ ...options, dryRun, looked })
      if (found !== undefined) return found
    } catch (error) {
      if (isDiskFull(error)) throw diskFullError(error)
      if (!(error instanceof MedtuneError) || error.code !== 'NETWORK') throw error
      // The next source may be on a host that can be reached; if none is, the first says what to do.
      unreachable ??= error
      options.onStage?.(`${source.name}: cannot be reached`)
    }
  }
  if (unreachable !== undefined) throw unreachable
  throw new MedtuneError(
    'SETUP_FAILED',
    `TensorFlow must be installed; looked in: ${looked.join('; ')}. ` +
      'Install it (pip install tensorflow-cpu), or name the place: --from DIR, --python PATH.',
  )
}

/** The machine's own, else a downloaded one. */
async function compilerFor(downloads: SetUpOptions & { readonly dryRun: boolean }): Promise<Compiler> {
  return (await findCompiler()) ?? downloadZigCompiler(downloads)
}

interface Build {
  readonly tensorflow: TensorFlowInstallation
  readonly cuda: CudaManifest | undefined
  readonly sources: BindingSources
  readonly cacheFolder: string
  readonly key: string
  readonly downloads: SetUpOptions & { readonly dryRun: boolean }
  readonly onStage: (line: string) => void
}

/** Builds and checks in a folder of its own, then moves it into place: an interrupted build leaves nothing behind. */
async function build(job: Build): Promise<Verification> {
  const { tensorflow, cuda, sources, cacheFolder, key, downloads, onStage } = job
  const signal = downloads.signal === undefined ? {} : { signal: downloads.signal }
  const compiler = await compilerFor(downloads)
  const temporary = makeBuildFolder(cacheFolder)
  try {
    onStage(`compiling with ${compiler.version} …`)
    await compileBinding({ sources, tensorflow, compiler, folder: temporary, ...signal })
    rmSync(path.join(temporary, 'build'), { recursive: true, force: true })
    onStage('checking …')
    const verification = await verifyBinding(temporary, { ...signal, cuda })
    const manifest: BindingManifest = {
      key,
      tensorflowVersion: verification.tensorflowVersion,
      tensorflowFolder: tensorflow.folder,
      bindingVersion: sources.version,
      sourcesHash: sources.hash,
      platform: platformName(),
      compiler: compiler.version,
      ...(cuda === undefined ? {} : { cuda }),
    }
    writeManifest(temporary, manifest)
    moveIntoPlace(temporary, path.join(cacheFolder, key))
    return verification
  } catch (error) {
    throw isDiskFull(error) ? diskFullError(error) : error
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

function makeBuildFolder(cacheFolder: string): string {
  try {
    mkdirSync(cacheFolder, { recursive: true })
    removeAbandonedBuilds(cacheFolder)
    return mkdtempSync(path.join(cacheFolder, buildPrefix))
  } catch (cause) {
    if (isDiskFull(cause)) throw diskFullError(cause)
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MedtuneError(
      'SETUP_FAILED',
      `the binding cache must be writable; ${cacheFolder} gave: ${reason}. Set XDG_CACHE_HOME to a folder you can write.`,
      { cause },
    )
  }
}

const buildPrefix = '.build-'

function removeAbandonedBuilds(cacheFolder: string): void {
  for (const name of readdirSync(cacheFolder)) {
    const folder = path.join(cacheFolder, name)
    if (name.startsWith(buildPrefix) && Date.now() - statSync(folder).mtimeMs > abandonedAfterMs) {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Processes that have the old folder's modules loaded keep them: a removed file lives as long as it is mapped. */
function moveIntoPlace(temporary: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  try {
    renameSync(temporary, folder)
  } catch (error) {
    // Another setup that ran at the same time was first, with the same result.
    if (readManifest(folder) === undefined) throw error
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
