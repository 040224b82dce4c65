import { existsSync, readdirSync } from 'node:fs'
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
import { compareVersions, meetsSpecifier, versionSpecifier } from './python-version.js'
import { discardUnpacked, unpackWheel } from './unpack-wheel.js'
import { findWheel, packageIndexUrl, wheelMachine } from './wheel-index.js'
import type { ZipMember } from './zip-directory.js'

/** Downloaded where the machine has none: a release the binding was tried with. */
const defaultVersion = '2.21.0'

/** A wheel that lies on the disk: `--from FILE.whl`. */
export const wheelFileTensorFlow: TensorFlowSource = {
  name: 'wheel file',
  find: async (search) => {
    const file = search.from
    if (file === undefined || !file.endsWith('.whl')) return undefined
    if (!existsSync(file))
      throw new MedtuneError('FILE_NOT_FOUND', `--from must name a wheel; ${file} does not exist.`)
    const name = path.basename(file, '.whl')
    return unpackTensorFlow(await openFileBytes(file), { name, version: '' }, search, `--from ${file}`)
  },
}

/** The wheel of a Python package index: PyPI, or the one PIP_INDEX_URL names. Only what is needed of it travels. */
export const pypiTensorFlow: TensorFlowSource = {
  name: 'Python package index',
  find: async (search) => {
    if (search.from !== undefined || search.python !== undefined) return undefined
    const versions = versionSpecifier(search.version ?? defaultVersion)
    const project = projectFor(search.device)
    const known = findDownloaded(project, versions)
    if (known !== undefined) return known
    const wheel = await findWheel({
      ...{ project, versions, machine: wheelMachine(), indexUrl: packageIndexUrl() },
      ...(search.signal === undefined ? {} : { signal: search.signal }),
    })
    const source = await openHttpBytes(wheel.address, search.signal)
    const name = `${project}-${wheel.version}`
    return unpackTensorFlow(source, { name, version: wheel.version }, search, `downloaded ${wheel.filename}`)
  },
}

/** On arm64 the plain project holds the processor build, and there is none for graphics cards. */
function projectFor(device: TensorFlowSearch['device']): string {
  if (device === 'gpu' && process.arch !== 'x64') {
    throw new MedtuneError(
      'SETUP_FAILED',
      `TensorFlow for NVIDIA cards must come from a wheel for x64; this Node is ${process.arch} and the package index has none for it. ` +
        'Name your own build: medtune setup --gpu --from DIR, or use the processor: medtune setup --cpu',
    )
  }
  return device === 'gpu' || process.arch === 'arm64' ? 'tensorflow' : 'tensorflow-cpu'
}

function findDownloaded(project: string, versions: string): TensorFlowInstallation | undefined {
  const cache = tensorflowCacheFolder()
  const names = existsSync(cache) ? readdirSync(cache) : []
  const version = names
    .filter((name) => name.startsWith(`${project}-`) && /^\d+(\.\d+)*$/.test(name.slice(project.length + 1)))
    .map((name) => name.slice(project.length + 1))
    .filter((candidate) => meetsSpecifier(candidate, versions))
    .sort(compareVersions)
    .at(-1)
  if (version === undefined) return undefined
  return inspectTensorFlow(path.join(cache, `${project}-${version}`, 'tensorflow'), 'downloaded')
}

async function unpackTensorFlow(
  source: ByteSource,
  wheel: { readonly name: string; readonly version: string },
  search: TensorFlowSearch,
  foundBy: string,
): Promise<TensorFlowInstallation | undefined> {
  const folder = path.join(tensorflowCacheFolder(), wheel.name)
  const packageFolder = path.join(folder, 'tensorflow')
  const known = inspectTensorFlow(packageFolder, foundBy)
  if (known !== undefined) return known
  discardUnpacked(folder)
  const { dryRun, signal, onStage } = search
  const onProgress = search.onProgress?.bind(undefined, 'TensorFlow')
  const choose = (members: readonly ZipMember[]): ZipMember[] => neededMembers(source, members)
  await unpackWheel({ source, folder, choose, dryRun, signal, onStage, onProgress })
  if (dryRun) {
    return {
      folder: packageFolder,
      ...{ includeFolder: '', libraries: [] },
      version: wheel.version || wheel.name,
      foundBy,
      cuda: search.device === 'gpu',
    }
  }
  return inspectTensorFlow(packageFolder, foundBy)
}

/** The shared libraries, the headers that the binding includes, directly or not, and the version. */
const needed = new RegExp(
  `^(tensorflow/(${tensorflowLibraries.map((name) => name.replaceAll('.', '\\.')).join('|')})|tensorflow/include/(` +
    'absl/|tensorflow/c/|tensorflow/core/platform/ctstring|tsl/platform/ctstring|xla/tsl/c/).*\\.(h|inc)|' +
    '[^/]*\\.dist-info/METADATA)$',
)

function neededMembers(source: ByteSource, members: readonly ZipMember[]): ZipMember[] {
  const chosen = members.filter(({ name }) => needed.test(name))
  const missing = tensorflowLibraries.find((library) => !chosen.some(({ name }) => name.endsWith(library)))
  if (missing === undefined) return chosen
  throw new MedtuneError(
    'SETUP_FAILED',
    `the wheel must carry tensorflow/${missing}; ${source.name} does not. Use a Linux wheel of TensorFlow 2.16 or newer.`,
  )
}
