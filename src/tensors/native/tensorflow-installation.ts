import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import path from 'node:path'
import { MedtuneError } from '../../errors.js'

/** A TensorFlow that the binding can be compiled against and run on. */
export interface TensorFlowInstallation {
  /** Holds the two shared libraries. */
  readonly folder: string
  readonly includeFolder: string
  /** Names of the libraries in `folder` that the binding links with. */
  readonly libraries: readonly string[]
  readonly version: string
  /** For people: how it was found. */
  readonly foundBy: string
  /** Whether it carries kernels for NVIDIA cards. */
  readonly cuda: boolean
}

export interface TensorFlowRequest {
  /** Where to look, and nowhere else: a tensorflow package folder, a site-packages folder, a virtual environment, a wheel, an archive of the C library. */
  readonly from?: string
  /** The Python interpreter to ask, and no other. */
  readonly python?: string
  /** Only this version: `2.21.0`, or any patch release of `2.21`. */
  readonly version?: string
  /** `gpu` wants a build with CUDA. Default: `cpu`, for which any build serves. */
  readonly device?: 'cpu' | 'gpu'
}

export interface TensorFlowSearch extends TensorFlowRequest {
  /** Places that were looked at in vain, for the message when there is none. */
  readonly looked: string[]
  /** Say what would be downloaded; do not. */
  readonly dryRun: boolean
  readonly signal?: AbortSignal
  readonly onStage?: (line: string) => void
  /** @param what is on its way, for people */
  readonly onProgress?: (what: string, doneBytes: number, totalBytes: number) => void
}

/** A way to come by TensorFlow. Setup asks them in order; to add one: a file and a line in its list. */
export interface TensorFlowSource {
  readonly name: string
  /** @returns undefined when this source has none or is not asked */
  find(search: TensorFlowSearch): Promise<TensorFlowInstallation | undefined>
}

export const tensorflowLibraries: readonly string[] = [
  'libtensorflow_cc.so.2',
  'libtensorflow_framework.so.2',
]

/** The same in Google's archive of the C library. */
const archiveLibraries = ['libtensorflow.so.2', 'libtensorflow_framework.so.2']

/** Read by the compiler; their absence means a package without development files. */
const neededHeaders = [
  'tensorflow/c/c_api.h',
  'tensorflow/c/eager/c_api.h',
  'tensorflow/core/platform/ctstring_internal.h',
]

const machineByElfNumber: Readonly<Record<number, string>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64' }

/**
 * Checks a folder that should be Python's `tensorflow` package.
 * @returns undefined when there is no TensorFlow in it at all
 * @throws MedtuneError SETUP_FAILED when there is one that cannot be used
 */
export function inspectTensorFlow(folder: string, foundBy: string): TensorFlowInstallation | undefined {
  const [library, framework] = tensorflowLibraries.map((name) => path.join(folder, name))
  if (library === undefined || framework === undefined || !existsSync(framework)) return undefined
  const { version, project } = tensorflowDistribution(folder)
  if (!existsSync(library)) {
    throw new MedtuneError(
      'SETUP_FAILED',
      `TensorFlow must carry ${tensorflowLibraries[0]}; version ${version} in ${folder} does not. ` +
        'Install a newer one: pip install --upgrade tensorflow-cpu',
    )
  }
  requireMachine(framework, folder)
  const includeFolder = path.join(folder, 'include')
  requireHeaders(includeFolder)
  const cuda = project === 'tensorflow' && process.arch === 'x64'
  return { folder, includeFolder, libraries: tensorflowLibraries, version, foundBy, cuda }
}

/**
 * Checks a folder that should be an unpacked archive of the C library: `lib/` and `include/`.
 * @throws MedtuneError SETUP_FAILED when it cannot be used
 */
export function inspectTensorFlowArchive(
  root: string,
  about: { readonly version: string; readonly device: 'cpu' | 'gpu'; readonly foundBy: string },
): TensorFlowInstallation {
  const [folder, includeFolder] = [path.join(root, 'lib'), path.join(root, 'include')]
  const missing = archiveLibraries.find((name) => !existsSync(path.join(folder, name)))
  if (missing !== undefined) {
    throw new MedtuneError(
      'SETUP_FAILED',
      `an archive of TensorFlow's C library must hold lib/${missing}; ${root} does not. Name another: --from FILE.tar.gz`,
    )
  }
  for (const name of archiveLibraries) requireMachine(path.join(folder, name), folder)
  requireHeaders(includeFolder)
  const { version, device, foundBy } = about
  return { folder, includeFolder, libraries: archiveLibraries, version, foundBy, cuda: device === 'gpu' }
}

function requireMachine(library: string, folder: string): void {
  const machine = elfMachine(library)
  if (machine === process.arch) return
  throw new MedtuneError(
    'SETUP_FAILED',
    `TensorFlow must be built for ${process.arch}, as this Node is; ${folder} is for ${machine}. ` +
      `Install TensorFlow for ${process.arch}, or use a Node for ${machine}.`,
  )
}

function requireHeaders(includeFolder: string): void {
  const missing = neededHeaders.find((header) => !existsSync(path.join(includeFolder, header)))
  if (missing === undefined) return
  throw new MedtuneError(
    'SETUP_FAILED',
    `TensorFlow must come with its C headers; ${path.join(includeFolder, missing)} is missing. ` +
      'Install it again: pip install --force-reinstall tensorflow-cpu',
  )
}

/** Project and version by the package's metadata folder beside it. */
function tensorflowDistribution(folder: string): { project: string; version: string } {
  for (const name of readdirSync(path.dirname(folder))) {
    const [, project, version] =
      /^(tensorflow(?:_cpu|_cpu_aws|_gpu|_intel)?)-(\d[^-]*)\.dist-info$/.exec(name) ?? []
    if (project !== undefined && version !== undefined) return { project, version }
  }
  return { project: 'unknown', version: 'unknown' }
}

/** The processor a shared library is for, in Node's names. */
function elfMachine(file: string): string {
  const header = Buffer.alloc(20)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, header, 0, header.length, 0)
  } finally {
    closeSync(descriptor)
  }
  if (header.readUInt32BE(0) !== 0x7f454c46) return 'an unknown system'
  const number = header.readUInt16LE(18)
  return machineByElfNumber[number] ?? `machine ${number}`
}
