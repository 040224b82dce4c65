import { tensorflowTypes } from './binding.js'
import type { NativeDevice } from './binding-cache.js'
import { type OpProbes, probeDtypes, works } from './op-probes.js'
import type { OpRunner } from './op-runner.js'
import { full } from './operations/element-wise.js'
import { rowProduct } from './operations/few-rows.js'
import { gateRows } from './operations/many-rows.js'
import { reduce, softmax } from './operations/reductions.js'
import { makeRotaryTable, rotate } from './operations/rotary.js'

/** Which form of an operation the device computes, where a faster one is not there everywhere. */
export interface OpForms {
  readonly probes: OpProbes
  readonly oneDnnSoftmax: boolean
  readonly complexRotary: boolean
  readonly euclideanNorm: boolean
  /** Operations of our own for decoding: absent in XLA, on cards and in a TensorFlow that takes no kernels. */
  readonly fewRows: boolean
  /** As `fewRows`, for training. */
  readonly manyRows: boolean
}

/** Tries each form once on tiny tensors. Call inside a scope. */
export function probeOps(runner: OpRunner, device: NativeDevice = 'cpu'): OpForms {
  // oneDNN's kernels are the processor's; asked for them, a card would send its tensors there.
  const probes = probeDtypes(runner, device === 'cpu' ? [] : ['_MklSoftmax'])
  const sample = full(runner, [1, 1, 2, 4], 1, tensorflowTypes.float32)
  const row = full(runner, [1, 4], 1, tensorflowTypes.float32)
  return {
    probes,
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
    fewRows: device === 'cpu' && works(() => rowProduct(runner, row, row)),
    manyRows: device === 'cpu' && works(() => gateRows(runner, 'silu', [row, row], row.tensorflowType)),
    euclideanNorm: works(() => reduce(runner, 'EuclideanNorm', sample, [-1], true)),
  }
}
