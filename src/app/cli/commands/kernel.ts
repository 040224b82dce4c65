import { spawnSync } from 'node:child_process'
import { MedtuneError } from '../../../errors.js'
import {
  type InstallTarget,
  installKernelSpec,
  removeKernelSpec,
} from '../../../notebook/install-kernel-spec.js'
import { listKernelSpecs } from '../../../notebook/kernel-spec.js'
import { type Command, defineCommand } from '../command.js'
import { exitCodes } from '../exit-codes.js'
import type { Output } from '../output.js'

const actions = ['install', 'list', 'remove'] as const

export const kernelCommand: Command = defineCommand({
  name: 'kernel',
  description:
    'Make the TypeScript kernel known to Jupyter front ends (JupyterLab, VS Code, nbconvert); no Python is needed.\n' +
    'install writes its kernel spec, list shows all installed kernels, remove takes it away.',
  usage: 'kernel install | list | remove',
  maxPositionals: 1,
  options: {
    user: {
      type: 'boolean',
      default: false,
      description: "In the user's Jupyter folder (default). Honours JUPYTER_DATA_DIR.",
    },
    prefix: { type: 'string', valueName: 'DIR', description: 'In DIR/share/jupyter/kernels.' },
    sysPrefix: { type: 'boolean', default: false, description: 'In the Python environment that is active.' },
  },
  examples: [
    { command: 'medtune kernel install', does: 'JupyterLab then offers "TypeScript (tslab, medtune)".' },
    { command: 'medtune kernel install --sys-prefix', does: 'Only for the active Python environment.' },
    { command: 'medtune kernel list', does: 'Every kernel with its folder.' },
  ],
  async run({ values, positionals, output }) {
    const action = actions.find((known) => known === positionals[0])
    if (action === undefined) {
      const got = positionals[0] === undefined ? 'none was given' : `got ${JSON.stringify(positionals[0])}`
      throw new MedtuneError('INVALID_ARGUMENT', `kernel needs one of ${actions.join(', ')}; ${got}.`)
    }
    if (action === 'list') return list(output)
    const target = installTarget(values)
    if (action === 'install') {
      const folder = await installKernelSpec(target)
      output.print(`Installed kernel medtune in ${folder}`)
      output.result({ folder })
      return exitCodes.ok
    }
    const folder = await removeKernelSpec(target)
    output.print(folder === undefined ? 'Kernel medtune is not installed there.' : `Removed ${folder}`)
    output.result({ folder: folder ?? null })
    return exitCodes.ok
  },
})

function list(output: Output): number {
  const kernels = listKernelSpecs().map(({ name, displayName, folder }) => ({ name, displayName, folder }))
  for (const { name, displayName, folder } of kernels)
    output.print(`${name.padEnd(16)} ${displayName.padEnd(32)} ${folder}`)
  if (kernels.length === 0) output.print('No kernel is installed. Install ours with: medtune kernel install')
  output.result({ kernels })
  return exitCodes.ok
}

function installTarget(values: {
  user: boolean
  prefix: string | undefined
  sysPrefix: boolean
}): InstallTarget {
  const { user, prefix, sysPrefix } = values
  if ([user, prefix !== undefined, sysPrefix].filter(Boolean).length > 1) {
    throw new MedtuneError(
      'INVALID_ARGUMENT',
      '--user, --prefix and --sys-prefix exclude one another; more than one was given.',
    )
  }
  if (prefix !== undefined) return { prefix }
  return sysPrefix ? { prefix: pythonPrefix() } : { user: true }
}

/** `sys.prefix` of the active environment; asking Python is the last resort. */
function pythonPrefix(): string {
  const active = process.env.VIRTUAL_ENV ?? process.env.CONDA_PREFIX
  if (active) return active
  const command = process.platform === 'win32' ? 'python' : 'python3'
  const { stdout } = spawnSync(command, ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' })
  if (stdout?.trim()) return stdout.trim()
  throw new MedtuneError(
    'INVALID_ARGUMENT',
    '--sys-prefix needs an active Python environment; none was found. Use --user or --prefix.',
  )
}
