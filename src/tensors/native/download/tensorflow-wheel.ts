import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import path from 'node:path'
import { MedtuneError } from '../../../errors.js'
import { tensorflowCacheFolder } from '../binding-cache.js'
import {
  inspectTensorFlow,
  type TensorFlowInstallation,
  type TensorFlowSearch,
  type TensorFlowSource,
  tensorflowLibraries,
} from '../tensorflow-installation.js'
import { type ByteSource, openFileBytes, openHttpBytes } from './byte-source.js'
import { extractMembers } from './extract-members.js'
import { findWheel } from './wheel-index.js'
import { readZipDirectory, type ZipMember } from './zip-directory.js'

/** Downloaded where the machine has none: a release the binding was tried with. */
const defaultVersion = '2.21.0'
const defaultIndexUrl = 'https://pypi.org/simple/'
const machineNames: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }

/** A wheel that lies on the disk: `--from FILE.whl`. */
export const wheelFileTensorFlow: TensorFlowSource = {
  name: 'wheel file',
  find: async (search) => {
    const file = search.from
    if (file === undefined || !file.endsWith('.whl')) return undefined
    if (!existsSync(file))
      throw new MedtuneError('FILE_NOT_FOUND', `--from must name a wheel; ${file} does not exist.`)
    return unpackWheel(await openFileBytes(file), path.basename(file), search, `--from ${file}`)
  },
}

/** The wheel of a Python package index: PyPI, or the one PIP_INDEX_URL names. Only what is needed of it travels. */
export const pypiTensorFlow: TensorFlowSource = {
  name: 'Python package index',
  find: async (search) => {
    if (search.from !== undefined || search.python !== undefined) return undefined
    const version = search.version ?? defaultVersion
    const project = process.arch === 'arm64' ? 'tensorflow' : 'tensorflow-cpu'
    const known = inspectTensorFlow(
      path.join(downloadFolder(`${project}-${version}`), 'tensorflow'),
      'downloaded',
    )
    if (known !== undefined) return known
    const wheel = await findWheel({
      ...{ project, version, machine: machineNames[process.arch] ?? process.arch },
      indexUrl: process.env.PIP_INDEX_URL || defaultIndexUrl,
      ...(search.signal === undefined ? {} : { signal: search.signal }),
    })
    const source = await openHttpBytes(wheel.address, search.signal)
    return unpackWheel(source, `${project}-${version}`, search, `downloaded ${wheel.filename}`)
  },
}

/** @param name of the folder in the cache */
async function unpackWheel(
  source: ByteSource,
  name: string,
  search: TensorFlowSearch,
  foundBy: string,
): Promise<TensorFlowInstallation | undefined> {
  const folder = downloadFolder(name)
  const packageFolder = path.join(folder, 'tensorflow')
  const known = inspectTensorFlow(packageFolder, foundBy)
  if (known !== undefined) return known
  const members = neededMembers(source, await readZipDirectory(source))
  const transferBytes = members.reduce((sum, { compressedBytes }) => sum + compressedBytes, 0)
  search.onStage?.(
    `${search.dryRun ? 'would unpack' : 'unpacking'} ${megabytes(transferBytes)} of ${source.name}`,
  )
  if (search.dryRun)
    return { folder: packageFolder, includeFolder: '', version: search.version ?? name, foundBy }

  const incomplete = `${folder}.incomplete`
  mkdirSync(incomplete, { recursive: true })
  await requireSpace(incomplete, members)
  await extractMembers({
    ...{ source, members, folder: incomplete },
    ...(search.signal === undefined ? {} : { signal: search.signal }),
    ...(search.onProgress === undefined ? {} : { onProgress: search.onProgress }),
  })
  rmSync(folder, { recursive: true, force: true })
  renameSync(incomplete, folder)
  return inspectTensorFlow(packageFolder, foundBy)
}

function downloadFolder(name: string): string {
  return path.join(tensorflowCacheFolder(), path.basename(name, '.whl'))
}

/** The shared libraries, the headers that the binding includes, directly or not, and the version. */
const needed = new RegExp(
  `^(tensorflow/(${tensorflowLibraries.map((name) => name.replaceAll('.', '\\.')).join('|')})|tensorflow/include/(` +
    'absl/|tensorflow/c/|tensorflow/core/platform/ctstring|tsl/platform/ctstring|xla/tsl/c/).*\\.(h|inc)|' +
    '[^/]*\\.dist-info/METADATA)$',
)

function neededMembers(source: ByteSource, members: readonly ZipMember[]): ZipMember[] {
  const chosen = members.filter(({ name }) => needed.test(name) && !name.split('/').includes('..'))
  const missing = tensorflowLibraries.find((library) => !chosen.some(({ name }) => name.endsWith(library)))
  if (missing === undefined) return chosen
  throw new MedtuneError(
    'SETUP_FAILED',
    `the wheel must carry tensorflow/${missing}; ${source.name} does not. Use a Linux wheel of TensorFlow 2.16 or newer.`,
  )
}

async function requireSpace(folder: string, members: readonly ZipMember[]): Promise<void> {
  const unpacked = members.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const largest = Math.max(...members.map(({ compressedBytes }) => compressedBytes))
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= unpacked + largest) return
  throw new MedtuneError(
    'SETUP_FAILED',
    `the disk of ${folder} must have ${megabytes(unpacked + largest)} free for TensorFlow; it has ${megabytes(bavail * bsize)}. ` +
      'Free some, or set XDG_CACHE_HOME to another disk.',
  )
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}
