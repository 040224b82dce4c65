import { findPythonTensorFlow } from '../python-tensorflow.js'
import { findCudaLibraries } from './cuda-libraries.js'
import { cudaCompiler, cudaParts } from './cuda-parts.js'
import { describeDriver, type NvidiaDriver } from './nvidia-driver.js'

/** What a graphics card needs on this machine, and what of it is there; for `doctor`. */
export interface CudaDescription {
  readonly driver: NvidiaDriver
  /** Every library TensorFlow opens, by soname; `file` is undefined for one that is not found. */
  readonly libraries: readonly {
    readonly soname: string
    readonly file: string | undefined
    readonly project: string
  }[]
  /** Folder of ptxas and libdevice. */
  readonly compilerFolder: string | undefined
  /** A card whose kernels the driver compiles at first use, and what to expect. */
  readonly jitHint: string | undefined
}

/** Newest cards that TensorFlow 2.21 carries most of its code for; later ones compile it once. */
const newestCompiledCapability = 9

/** Never throws. Nothing is loaded or downloaded. */
export async function describeCuda(): Promise<CudaDescription> {
  const driver = await describeDriver()
  const { found, compilerFolder } = await findCudaLibraries(tensorflowFolder())
  const libraries = cudaParts.flatMap(({ sonames, project }) =>
    sonames.map((soname) => ({ soname, project, file: found.get(soname) })),
  )
  return { driver, libraries, compilerFolder, jitHint: jitHint(driver) }
}

/** The command that supplies what is missing. */
export function cudaRemedy({ driver, libraries, compilerFolder }: CudaDescription): string | undefined {
  if (driver.problem !== undefined) return undefined
  const projects = libraries.filter(({ file }) => file === undefined).map(({ project }) => project)
  if (compilerFolder === undefined) projects.push(cudaCompiler.project)
  return projects.length === 0
    ? undefined
    : `medtune setup --gpu (or: pip install ${[...new Set(projects)].join(' ')})`
}

function tensorflowFolder(): string {
  try {
    return findPythonTensorFlow({}, [])?.folder ?? '/nonexistent/tensorflow'
  } catch {
    return '/nonexistent/tensorflow'
  }
}

function jitHint({ cards }: NvidiaDriver): string | undefined {
  const newer = cards.find(
    ({ computeCapability }) => Number(computeCapability.split('.')[0]) > newestCompiledCapability,
  )
  if (newer === undefined) return undefined
  return `${newer.name} (compute capability ${newer.computeCapability}) is newer than TensorFlow's kernels: the first run compiles them, once; they are kept in the cache of CUDA_CACHE_PATH`
}
