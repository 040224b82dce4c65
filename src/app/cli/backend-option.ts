import type { BackendName } from '../../tensors/backend.js'
import type { OptionSpec } from './command.js'

const names = ['cuda', 'native', 'wasm', 'cpu'] as const satisfies readonly BackendName[]

/** `--backend`, for every command that touches a tensor. */
export const backendOption = {
  backend: {
    type: 'string',
    valueName: 'NAME',
    choices: names,
    description: 'Tensor backend (default: the first that starts).',
  },
} as const satisfies Record<string, OptionSpec>
