import { createWriteStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { MedtuneError } from '../../../errors.js'
import { tensorflowCacheFolder } from '../binding-cache.js'
import { runProcess } from '../run-process.js'
import {
  inspectTensorFlowArchive,
  type TensorFlowInstallation,
  type TensorFlowSearch,
  type TensorFlowSource,
} from '../tensorflow-installation.js'
import { openHttpBytes } from './byte-source.js'

/** Newest release that Google publishes as an archive of the C library. */
const newestArchive = '2.18.0'

const machines: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'arm64' }

/** An archive of the C library that lies on the disk: `--from FILE.tar.gz`. */
export const archiveFileTensorFlow: TensorFlowSource = {
  name: 'archive of the C library',
  find: async ({ from, device = 'cpu', dryRun, signal, onStage }) => {
    if (from === undefined || !/\.(tar\.gz|tgz)$/.test(from)) return undefined
    if (!existsSync(from)) {
      throw new MedtuneError('FILE_NOT_FOUND', `--from must name an archive; ${from} does not exist.`)
    }
    const name = path.basename(from).replace(/\.(tar\.gz|tgz)$/, '')
    const folder = path.join(tensorflowCacheFolder(), name)
    const version = /(\d+\.\d+\.\d+)/.exec(name)?.[1] ?? 'unknown'
    if (dryRun) return planned(folder, version, device, `--from ${from}`)
    if (!existsSync(folder)) {
      onStage?.(`unpacking ${from}`)
      await unpackArchive(from, folder, signal)
    }
    return inspectTensorFlowArchive(folder, { version, device, foundBy: `--from ${from}` })
  },
}

/**
 * Google's archive of the C library, asked last: for machines that reach storage.googleapis.com but no package index.
 * MEDTUNE_LIBTENSORFLOW_URL names a mirror.
 */
export const googleTensorFlow: TensorFlowSource = {
  name: "Google's archive of the C library",
  find: async (search) => {
    const { device = 'cpu', dryRun, signal, onStage } = search
    const machine = machines[process.arch]
    if (search.from !== undefined || search.python !== undefined || machine === undefined) return undefined
    const version = archiveVersion(search.version)
    const name = `libtensorflow-${device}-linux-${machine}`
    const base = process.env.MEDTUNE_LIBTENSORFLOW_URL ?? 'https://storage.googleapis.com/tensorflow/versions'
    const address = `${base.replace(/\/$/, '')}/${version}/${name}.tar.gz`
    const folder = path.join(tensorflowCacheFolder(), `${name}-${version}`)
    const foundBy = `downloaded ${name}.tar.gz`
    if (dryRun) {
      onStage?.(`would download ${address}`)
      return planned(folder, version, device, foundBy)
    }
    if (!existsSync(folder)) {
      const archive = `${folder}.tar.gz.incomplete`
      onStage?.(`downloading ${address}`)
      await download(address, archive, search)
      await unpackArchive(archive, folder, signal)
      rmSync(archive)
    }
    return inspectTensorFlowArchive(folder, { version, device, foundBy })
  },
}

/** `2.18` is its first release: Google's archives exist for few others. */
function archiveVersion(asked = newestArchive): string {
  return /^\d+\.\d+$/.test(asked) ? `${asked}.0` : asked
}

function planned(
  folder: string,
  version: string,
  device: 'cpu' | 'gpu',
  foundBy: string,
): TensorFlowInstallation {
  return { folder, version, foundBy, includeFolder: '', libraries: [], cuda: device === 'gpu' }
}

/** Goes on where an interrupted download stopped. */
async function download(
  address: string,
  file: string,
  { signal, onProgress }: Pick<TensorFlowSearch, 'signal' | 'onProgress'>,
): Promise<void> {
  const source = await openHttpBytes(address, signal)
  mkdirSync(path.dirname(file), { recursive: true })
  let done = existsSync(file) ? statSync(file).size : 0
  if (done > source.sizeBytes) {
    rmSync(file)
    done = 0
  }
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const part of source.read(done, source.sizeBytes)) {
      yield part
      done += part.length
      onProgress?.('TensorFlow', done, source.sizeBytes)
    }
  }
  await pipeline(counted(), createWriteStream(file, { flags: 'a' }))
}

/** The folder appears whole or not at all; gzip's checksum tells a damaged archive, which is then thrown away. */
async function unpackArchive(
  archive: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const incomplete = `${folder}.incomplete`
  rmSync(incomplete, { recursive: true, force: true })
  mkdirSync(incomplete, { recursive: true })
  const { exitCode, stderr } = await runProcess('tar', ['-xzf', archive, '-C', incomplete], {
    ...(signal === undefined ? {} : { signal }),
  })
  signal?.throwIfAborted()
  if (exitCode !== 0) {
    rmSync(incomplete, { recursive: true, force: true })
    if (archive.endsWith('.incomplete')) rmSync(archive)
    throw new MedtuneError(
      'SETUP_FAILED',
      `the archive of TensorFlow must unpack; tar gave: ${stderr.trim().slice(0, 300)}. Run medtune setup again, or name a wheel: --from FILE.whl`,
    )
  }
  renameSync(incomplete, folder)
}
