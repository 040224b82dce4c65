import { tensorflowTypes } from '../binding.js'
import { attributesOf, elementType, intAttribute, typeAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import { elementWise } from './element-wise.js'
import { softmax } from './reductions.js'
import { reshape } from './shapes.js'

const { int32 } = tensorflowTypes

/** See `Ops.gather`. */
export function gather(runner: OpRunner, table: NativeTensor, indices: NativeTensor): NativeTensor {
  return gatherAlong(runner, table, indices, 0)
}

/** See `Ops.scatterAdd`. */
export function scatterAdd(
  runner: OpRunner,
  x: NativeTensor,
  indices: NativeTensor,
  rowCount: number,
): NativeTensor {
  const rows = reshape(runner, indices, [-1, 1]) // [N, 1]
  const attributes = attributesOf(`ScatterNd${x.tensorflowType}`, () => [
    typeAttribute('T', x.tensorflowType),
    typeAttribute('Tindices', int32),
  ])
  const shape = runner.ints([rowCount, ...x.shape.slice(1)])
  const result = runner.run('ScatterNd', attributes, [rows, x, shape])
  runner.free(rows)
  return result
}

/**
 * See `Ops.crossEntropy`. log Σ exp(l) = l* − log p*, taken at the row's largest logit l* with its probability p*
 * (p* ≥ 1/V, so the logarithm is safe): no second pass over the exponentials.
 */
export function crossEntropy(
  runner: OpRunner,
  logits: NativeTensor,
  labels: NativeTensor,
  oneDnnSoftmax: boolean,
): { loss: NativeTensor; probabilities: NativeTensor } {
  const probabilities = softmax(runner, logits, oneDnnSoftmax) // [N, V]
  const best = argMax(runner, logits) // [N]
  const bestLogit = gatherAlong(runner, logits, best, 1)
  const bestProbability = gatherAlong(runner, probabilities, best, 1)
  const logProbability = elementWise(runner, 'Log', bestProbability)
  const logSumExp = elementWise(runner, 'Sub', bestLogit, logProbability)
  const labelLogit = gatherAlong(runner, logits, labels, 1)
  const loss = elementWise(runner, 'Sub', logSumExp, labelLogit)
  runner.free(best, bestLogit, bestProbability, logProbability, logSumExp, labelLogit)
  return { loss, probabilities }
}

/** Axis 0: whole rows by index. Axis 1: from row i of [N, V] the element at indices[i]. */
function gatherAlong(runner: OpRunner, x: NativeTensor, indices: NativeTensor, axis: 0 | 1): NativeTensor {
  const attributes = attributesOf(`GatherV2${x.tensorflowType},${axis}`, () => [
    intAttribute('batch_dims', axis),
    typeAttribute('Tparams', x.tensorflowType),
    typeAttribute('Tindices', int32),
    typeAttribute('Taxis', int32),
  ])
  return runner.run('GatherV2', attributes, [x, indices, runner.int(axis)])
}

function argMax(runner: OpRunner, x: NativeTensor): NativeTensor {
  const attributes = attributesOf(`ArgMax${x.tensorflowType}`, () => [
    ...elementType(x.tensorflowType),
    typeAttribute('Tidx', int32),
    typeAttribute('output_type', int32),
  ])
  return runner.run('ArgMax', attributes, [x, runner.int(-1)])
}
