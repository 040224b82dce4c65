import { existsSync, readFileSync } from 'node:fs'
import { compareVersions } from '../download/python-version.js'
import { runProcess } from '../run-process.js'
import { minimumDriver } from './cuda-parts.js'
import { findSystemLibrary } from './system-libraries.js'

/** A graphics card as its driver describes it. */
interface NvidiaCard {
  readonly name: string
  readonly memoryBytes: number
  readonly freeBytes: number
  /** `9.0` */
  readonly computeCapability: string
}

export interface NvidiaDriver {
  /** `580.95.05`, or `unknown`. */
  readonly version: string
  readonly cards: readonly NvidiaCard[]
  /** What keeps TensorFlow from using a card, and what to do; undefined when nothing does. */
  readonly problem: string | undefined
}

const driverLibraries = ['libcuda.so.1', 'libnvidia-ml.so.1']

/** Looks at the NVIDIA driver: its libraries, its version, its cards. Never throws. */
export async function describeDriver(): Promise<NvidiaDriver> {
  const missing = (await Promise.all(driverLibraries.map(findSystemLibrary)))
    .map((file, index) => (file === undefined ? driverLibraries[index] : undefined))
    .filter((name) => name !== undefined)
  if (missing.length > 0) {
    return {
      ...{ version: 'unknown', cards: [] },
      problem: `no NVIDIA driver: ${missing.join(' and ')} cannot be found. Install the driver of your card (apt install nvidia-driver, or from nvidia.com); in a container, start it with --gpus all`,
    }
  }
  const cards = await listCards()
  const version = cards.version ?? kernelModuleVersion() ?? 'unknown'
  return { version, cards: cards.list, problem: problemOf(version, cards.list.length) }
}

function problemOf(version: string, cardCount: number): string | undefined {
  if (version !== 'unknown' && compareVersions(version, minimumDriver) < 0) {
    return `driver ${version} is too old: CUDA 12 needs ${minimumDriver} or newer. Update the driver`
  }
  if (cardCount > 0 || version === 'unknown') return undefined
  return 'the driver lists no card. Run nvidia-smi to see why; in a container, start it with --gpus all'
}

async function listCards(): Promise<{ version: string | undefined; list: NvidiaCard[] }> {
  const query = 'name,memory.total,memory.free,compute_cap,driver_version'
  const { exitCode, stdout } = await runProcess(
    'nvidia-smi',
    [`--query-gpu=${query}`, '--format=csv,noheader,nounits'],
    { timeoutMs: 20_000 },
  )
  if (exitCode !== 0) return { version: undefined, list: [] }
  const rows = stdout.split('\n').filter((line) => line.trim() !== '')
  const fields = rows.map((line) => line.split(',').map((field) => field.trim()))
  const mebibyte = 2 ** 20
  return {
    version: fields[0]?.[4],
    list: fields.map(([name = 'unknown', total, free, computeCapability = 'unknown']) => ({
      ...{ name, computeCapability },
      memoryBytes: Number(total) * mebibyte,
      freeBytes: Number(free) * mebibyte,
    })),
  }
}

function kernelModuleVersion(file = '/proc/driver/nvidia/version'): string | undefined {
  if (!existsSync(file)) return undefined
  return /Kernel Module[^\n]*?\s(\d+(?:\.\d+)+)\s/.exec(readFileSync(file, 'utf8'))?.[1]
}
