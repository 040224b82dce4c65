import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { MedtuneError } from '../../errors.js'
import { meetsSpecifier, versionSpecifier } from './download/python-version.js'
import {
  inspectTensorFlow,
  type TensorFlowInstallation,
  type TensorFlowRequest,
  type TensorFlowSource,
} from './tensorflow-installation.js'

type Environment = Readonly<Record<string, string | undefined>>

/** The TensorFlow of a Python installation: `tensorflow` or `tensorflow-cpu`, no import of it needed. */
export const pythonTensorFlow: TensorFlowSource = {
  name: 'Python installation',
  find: async (search) => {
    if (/\.(whl|tar\.gz|tgz)$/.test(search.from ?? '')) return undefined
    const found = findPythonTensorFlow(search, search.looked)
    if (found === undefined) return undefined
    const unsuitable = unsuitableFor(search, found)
    if (unsuitable === undefined) return found
    search.looked.push(`${found.foundBy} ${unsuitable}`)
    return undefined
  },
}

function unsuitableFor(
  { version, device }: TensorFlowRequest,
  found: TensorFlowInstallation,
): string | undefined {
  if (version !== undefined && !meetsSpecifier(found.version, versionSpecifier(version)))
    return `has version ${found.version}`
  return device === 'gpu' && !found.cuda ? 'has a build for processors only' : undefined
}

/**
 * Looks in `from`, or asks `python`; without either: MEDTUNE_PYTHON, the active virtual or conda environment, then
 * python3 and python on the PATH.
 */
export function findPythonTensorFlow(
  request: TensorFlowRequest,
  looked: string[],
  environment: Environment = process.env,
): TensorFlowInstallation | undefined {
  if (request.from !== undefined)
    return demand(inFolder(request.from, '--from', looked), request.from, '--from')
  if (request.python !== undefined) {
    return demand(byInterpreter(request.python, '--python', looked, environment), request.python, '--python')
  }
  const attempts = [
    () => byVariable('MEDTUNE_PYTHON', (python, by) => byInterpreter(python, by, looked, environment)),
    () => byVariable('VIRTUAL_ENV', (folder, by) => inFolder(folder, by, looked)),
    () => byVariable('CONDA_PREFIX', (folder, by) => inFolder(folder, by, looked)),
    () => byInterpreter('python3', 'python3 on the PATH', looked, environment),
    () => byInterpreter('python', 'python on the PATH', looked, environment),
  ]
  function byVariable(
    name: string,
    search: (value: string, foundBy: string) => TensorFlowInstallation | undefined,
  ): TensorFlowInstallation | undefined {
    const value = environment[name]
    return value === undefined || value === '' ? undefined : search(value, name)
  }
  for (const attempt of attempts) {
    const found = attempt()
    if (found !== undefined) return found
  }
  return undefined
}

/** The interpreter that an unspecific search would ask first, and its version; for `doctor`. */
export function findPython(
  environment: Environment = process.env,
): { path: string; version: string } | undefined {
  for (const candidate of [environment.MEDTUNE_PYTHON, 'python3', 'python']) {
    if (candidate === undefined || candidate === '') continue
    const answer = askPython(
      candidate,
      'import sys, platform; print(sys.executable); print(platform.python_version())',
      environment,
    )
    const [executable, version] = answer?.trim().split('\n') ?? []
    if (executable !== undefined && version !== undefined) return { path: executable, version }
  }
  return undefined
}

function demand(
  found: TensorFlowInstallation | undefined,
  place: string,
  option: string,
): TensorFlowInstallation {
  if (found !== undefined) return found
  throw new MedtuneError(
    'SETUP_FAILED',
    `${option} must name a place with TensorFlow; ${place} has none. ` +
      'Install it there (pip install tensorflow-cpu), or leave the option out.',
  )
}

/** The package folder itself, a site-packages folder, or an environment's root. */
function inFolder(folder: string, foundBy: string, looked: string[]): TensorFlowInstallation | undefined {
  const root = path.resolve(folder)
  looked.push(`${foundBy} (${root})`)
  const candidates = [
    root,
    path.join(root, 'tensorflow'),
    ...sitePackages(root).map((site) => path.join(site, 'tensorflow')),
  ]
  return firstUsable(candidates, foundBy)
}

function sitePackages(environmentRoot: string): string[] {
  return ['lib', 'lib64'].flatMap((lib) => {
    const folder = path.join(environmentRoot, lib)
    const pythons = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('python3')) : []
    return pythons.map((python) => path.join(folder, python, 'site-packages'))
  })
}

function byInterpreter(
  python: string,
  foundBy: string,
  looked: string[],
  environment: Environment,
): TensorFlowInstallation | undefined {
  const answer = askPython(python, 'import json, sys; print(json.dumps(sys.path))', environment)
  looked.push(answer === undefined ? `${foundBy} (${python} does not run)` : `${foundBy} (${python})`)
  if (answer === undefined) return undefined
  const folders = (JSON.parse(answer) as string[]).filter((folder) => folder !== '')
  return firstUsable(
    folders.map((folder) => path.join(folder, 'tensorflow')),
    foundBy,
  )
}

function askPython(python: string, program: string, environment: Environment): string | undefined {
  // -I would hide user site-packages, where `pip install --user` puts TensorFlow.
  const result = spawnSync(python, ['-c', program], {
    encoding: 'utf8',
    timeout: 20_000,
    env: { ...environment },
  })
  return result.status === 0 ? result.stdout : undefined
}

function firstUsable(folders: readonly string[], foundBy: string): TensorFlowInstallation | undefined {
  for (const folder of folders) {
    const found = inspectTensorFlow(folder, foundBy)
    if (found !== undefined) return found
  }
  return undefined
}
