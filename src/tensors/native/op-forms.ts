import type { TensorDtype } from '../ops.js'
import { tensorflowTypes } from './binding.js'
import type { NativeDevice } from './binding-cache.js'
import type { OpRunner } from './op-runner.js'
import { elementWise, full } from './operations/element-wise.js'
import { matmul } from './operations/matmul.js'
import { reduce, softmax } from './operations/reductions.js'
import { makeRotaryTable, rotate } from './operations/rotary.js'

/** Which form of an operation the device computes, where a faster one is not there everywhere. */
export interface OpForms {
  readonly computeDtypes: readonly TensorDtype[]
  readonly oneDnnSoftmax: boolean
  readonly complexRotary: boolean
  readonly euclideanNorm: boolean
}

/** Tries each form once on tiny tensors. Call inside a scope. */
export function probeOps(runner: OpRunner, device: NativeDevice = 'cpu'): OpForms {
  const computes = (dtype: TensorDtype): boolean =>
    works(() => {
      const x = full(runner, [2, 2], 1, tensorflowTypes[dtype])
      return elementWise(runner, 'AddV2', matmul(runner, x, x, {}), x)
    })
  const sample = full(runner, [1, 1, 2, 4], 1, tensorflowTypes.float32)
  return {
    computeDtypes: ['float32', ...(['bfloat16', 'float16'] as const).filter(computes)],
    // oneDNN's kernels are the processor's; asked for them, a card would send its tensors there.
    oneDnnSoftmax: device === 'cpu' && works(() => softmax(runner, sample, true)),
    complexRotary: works(() => {
      const table = makeRotaryTable(runner, {
        angles: new Float32Array(4),
        shape: [2, 2],
        factor: 1,
        complex: true,
      })
      return rotate(runner, sample, table, false)
    }),
    euclideanNorm: works(() => reduce(runner, 'EuclideanNorm', sample, [-1], true)),
  }
}

function works(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}
