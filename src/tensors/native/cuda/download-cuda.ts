import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { tensorflowCacheFolder } from '../binding-cache.js'
import { openHttpBytes } from '../download/byte-source.js'
import { unpackWheel } from '../download/unpack-wheel.js'
import { findWheel, packageIndexUrl, wheelMachine } from '../download/wheel-index.js'
import type { TensorFlowInstallation, TensorFlowSearch } from '../tensorflow-installation.js'
import type { CudaPart } from './cuda-parts.js'

/**
 * Downloads parts of CUDA from the package index into the per-user cache, each in the release that TensorFlow's metadata asks
 * for. Only libraries and licences travel; an interrupted download goes on in the next run.
 * @throws MedtuneError NETWORK, SETUP_FAILED
 */
export async function downloadCuda(
  parts: readonly CudaPart[],
  tensorflow: TensorFlowInstallation,
  job: Pick<TensorFlowSearch, 'dryRun' | 'signal' | 'onStage' | 'onProgress'>,
): Promise<void> {
  const requirements = readRequirements(tensorflow.folder)
  for (const part of parts) {
    const wheel = await findWheel({
      ...{ project: part.project, versions: requirements.get(part.project) ?? part.versions },
      ...{ machine: wheelMachine(), indexUrl: packageIndexUrl() },
      ...(job.signal === undefined ? {} : { signal: job.signal }),
    })
    const folder = path.join(tensorflowCacheFolder(), `${part.project}-${wheel.version}`)
    await unpackWheel({
      ...{ folder, dryRun: job.dryRun, signal: job.signal, onStage: job.onStage },
      source: await openHttpBytes(wheel.address, job.signal),
      choose: (members) =>
        members.filter(({ name }) => part.members.test(name) || /dist-info\/.*licen[cs]e/i.test(name)),
      onProgress: job.onProgress?.bind(undefined, part.project),
    })
    const assembler = path.join(folder, 'nvidia', part.folder, 'bin/ptxas')
    if (existsSync(assembler)) chmodSync(assembler, 0o755)
  }
}

/** `Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"` of the metadata beside the package. */
function readRequirements(tensorflowFolder: string): ReadonlyMap<string, string> {
  const site = path.dirname(tensorflowFolder)
  const names = existsSync(site) ? readdirSync(site) : []
  const metadata = names.find((name) => /^tensorflow(_gpu)?-.*\.dist-info$/.test(name))
  const file = metadata === undefined ? undefined : path.join(site, metadata, 'METADATA')
  if (file === undefined || !existsSync(file)) return new Map()
  const lines = readFileSync(file, 'utf8').matchAll(
    /^Requires-Dist: (nvidia-[a-z0-9-]+)\s*\(?([^;)\n]*)\)?\s*(?:;|$)/gm,
  )
  return new Map([...lines].map(([, project = '', versions = '']) => [project, versions.trim()]))
}
