import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { MedtuneError } from '../../../errors.js'
import { type CudaManifest, tensorflowCacheFolder } from '../binding-cache.js'
import type { TensorFlowInstallation, TensorFlowSearch } from '../tensorflow-installation.js'
import { findCudaLibraries } from './cuda-libraries.js'
import { cudaCompiler } from './cuda-parts.js'
import { downloadCuda } from './download-cuda.js'
import { describeDriver } from './nvidia-driver.js'

/**
 * Finds all of CUDA that TensorFlow wants, and downloads what the machine lacks. The driver is the one thing it cannot bring.
 * @throws MedtuneError SETUP_FAILED without a usable driver, or when TensorFlow is a build for processors; NETWORK
 */
export async function prepareCuda(
  tensorflow: TensorFlowInstallation,
  job: Pick<TensorFlowSearch, 'dryRun' | 'signal' | 'onStage' | 'onProgress'>,
): Promise<CudaManifest> {
  if (!tensorflow.cuda) {
    throw new MedtuneError(
      'SETUP_FAILED',
      `TensorFlow must be a build with CUDA for --gpu; the one in ${tensorflow.folder} is for processors. ` +
        'Leave --from and --python out: setup then downloads the right one.',
    )
  }
  const { problem, version, cards } = await describeDriver()
  if (problem !== undefined && !job.dryRun) {
    throw new MedtuneError(
      'SETUP_FAILED',
      `a graphics card must be usable for --gpu; ${problem}. Without one: medtune setup --cpu`,
    )
  }
  job.onStage?.(problem ?? `driver ${version}, ${cards.map(({ name }) => name).join(', ')}`)
  const before = await findCudaLibraries(tensorflow.folder)
  const lacking = [...before.missing, ...(before.compilerFolder === undefined ? [cudaCompiler] : [])]
  await downloadCuda(lacking, tensorflow, job)
  const { found, missing, compilerFolder } = await findCudaLibraries(tensorflow.folder)
  if (job.dryRun) return { libraries: [...found.values()], compilerFolder: compilerFolder ?? '' }
  if (missing.length === 0 && compilerFolder !== undefined) {
    return { libraries: [...found.values()], compilerFolder }
  }
  throw new MedtuneError(
    'SETUP_FAILED',
    `CUDA must be complete after its download; still missing: ${missing.map(({ project }) => project).join(', ') || cudaCompiler.project}. ` +
      'Install it with pip beside TensorFlow, or run: medtune setup --gpu',
  )
}

/** Environment that TensorFlow reads when it starts on a card; what the user has set stays. */
export function cudaEnvironment(
  cuda: CudaManifest,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const jitCache = path.join(path.dirname(tensorflowCacheFolder()), 'cuda-jit')
  const defaults = {
    // Without it TensorFlow takes nearly all memory of the card at once.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    // Kernels without code for a new card are compiled by the driver once and kept.
    CUDA_CACHE_PATH: jitCache,
    CUDA_CACHE_MAXSIZE: String(2 ** 32),
  }
  const xlaFlags = environment.XLA_FLAGS ?? ''
  const dataFolder = `--xla_gpu_cuda_data_dir=${cuda.compilerFolder}`
  mkdirSync(jitCache, { recursive: true })
  return {
    ...Object.fromEntries(Object.entries(defaults).filter(([name]) => environment[name] === undefined)),
    XLA_FLAGS: xlaFlags.includes('--xla_gpu_cuda_data_dir=') ? xlaFlags : `${xlaFlags} ${dataFolder}`.trim(),
  }
}
