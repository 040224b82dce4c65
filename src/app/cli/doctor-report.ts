import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { arch, cpus, freemem, platform, release, totalmem } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Backend, StartedBackend } from '../../tensors/backend.js'
import type { CudaDescription } from '../../tensors/native/cuda/describe-cuda.js'
import type { NativeDescription } from '../../tensors/native/describe-native.js'

export interface BackendReport {
  readonly name: string
  readonly description: string
  readonly starts: boolean
  readonly threads?: number
  readonly detail?: string
  /** Dtypes that models can be held and multiplied in. */
  readonly computeDtypes?: readonly string[]
  /** By dtype, which operations the device has in it, and which run in float32 instead. */
  readonly probes?: StartedBackend['probes']
  /** Whether the attention of training runs in fused kernels, or why it does not. */
  readonly attentionRoad?: StartedBackend['attentionRoad']
  /** Why it does not start, and what to do. */
  readonly problem?: string
}

export interface DoctorReport {
  readonly medtune: string
  readonly node: { readonly version: string; readonly wanted: string }
  readonly system: {
    readonly platform: string
    readonly cpu: string
    readonly cores: number
    readonly memoryBytes: number
    readonly freeBytes: number
  }
  /** By priority. */
  readonly backends: readonly BackendReport[]
  readonly native: NativeDescription | { readonly problem: string }
  readonly cuda: CudaDescription
  readonly dataset: { readonly file: string; readonly isSample: boolean; readonly present: boolean }
  readonly defaultModel: { readonly folder: string; readonly present: boolean; readonly sizeBytes: number }
}

// Three levels up from src/app/cli as from dist/app/cli.
const packageRoot = fileURLToPath(new URL('../../../', import.meta.url))

/** Looks at everything a user may have to set up. A part that is missing or broken is reported, never thrown. */
export async function diagnose(): Promise<DoctorReport> {
  const { version, engines } = JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as {
    version: string
    engines: { node: string }
  }
  const processors = cpus()
  return {
    medtune: version,
    node: { version: process.versions.node, wanted: engines.node },
    system: {
      platform: `${platform()} ${release()} ${arch()}`,
      cpu: processors[0]?.model.trim() ?? 'unknown',
      cores: processors.length,
      memoryBytes: totalmem(),
      freeBytes: freemem(),
    },
    backends: await reportBackends(),
    native: await reportNative(),
    cuda: await (await import('../../tensors/native/cuda/describe-cuda.js')).describeCuda(),
    dataset: await reportDataset(),
    defaultModel: reportModel(path.join(packageRoot, 'data/models/tiny')),
  }
}

async function reportBackends(): Promise<BackendReport[]> {
  const reports: BackendReport[] = []
  const { backends } = await import('../../tensors/backends/index.js')
  for (const backend of backends) reports.push(await reportBackend(backend))
  return reports
}

/** Starts a backend and gives it back at once. */
export async function reportBackend(backend: Backend): Promise<BackendReport> {
  const { name, description } = backend
  try {
    const { ops, threads, detail, ...found } = await backend.start()
    ops.dispose()
    return {
      ...{ name, description, starts: true, threads, detail, computeDtypes: ops.computeDtypes },
      ...found,
    }
  } catch (error) {
    return { name, description, starts: false, problem: messageOf(error) }
  }
}

async function reportNative(): Promise<DoctorReport['native']> {
  try {
    const { describeNative } = await import('../../tensors/native/describe-native.js')
    return describeNative()
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

async function reportDataset(): Promise<DoctorReport['dataset']> {
  const { findDefaultDataset } = await import('../../datasets/default-dataset.js')
  const { file, isSample } = findDefaultDataset()
  return { file, isSample, present: existsSync(file) }
}

function reportModel(folder: string): DoctorReport['defaultModel'] {
  const present = existsSync(path.join(folder, 'config.json'))
  const files = present ? readdirSync(folder) : []
  const sizeBytes = files.reduce((total, name) => total + statSync(path.join(folder, name)).size, 0)
  return { folder, present, sizeBytes }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
