import type { BackendName } from '../../tensors/backend.js'

/** `--backend`, for every command that touches a tensor. */
export const backendOption: {
  readonly backend: {
    readonly type: 'string'
    readonly valueName: string
    readonly choices: readonly BackendName[]
    readonly description: string
  }
} = {
  backend: {
    type: 'string',
    valueName: 'NAME',
    choices: ['cuda', 'native', 'wasm', 'cpu'],
    description: 'Tensor backend (default: the first that starts).',
  },
}
