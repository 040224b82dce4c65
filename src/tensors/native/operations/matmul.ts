import type { MatmulOptions } from '../../ops.js'
import { attributesOf, boolAttribute, typeAttribute } from '../op-attributes.js'
import type { OpRunner } from '../op-runner.js'
import type { NativeTensor } from '../tensor-lifetimes.js'
import { reshape } from './shapes.js'

/** See `Ops.matmul`. */
export function matmul(
  runner: OpRunner,
  a: NativeTensor,
  b: NativeTensor,
  options: MatmulOptions,
): NativeTensor {
  const { transposeA = false, transposeB = false } = options
  if (b.shape.length === 2 && a.shape.length > 2 && !transposeA) return matmulRows(runner, a, b, transposeB)
  const type = a.tensorflowType
  if (a.shape.length === 2 && b.shape.length === 2) {
    const attributes = attributesOf(`MatMul${type}${transposeA}${transposeB}`, () => [
      boolAttribute('transpose_a', transposeA),
      boolAttribute('transpose_b', transposeB),
      typeAttribute('T', type),
    ])
    return runner.run('MatMul', attributes, [a, b])
  }
  const attributes = attributesOf(`BatchMatMulV2${type}${transposeA}${transposeB}`, () => [
    boolAttribute('adj_x', transposeA),
    boolAttribute('adj_y', transposeB),
    typeAttribute('T', type),
  ])
  return runner.run('BatchMatMulV2', attributes, [a, b])
}

/** [..., M, K] with one matrix: a single product of all rows instead of one per batch entry. */
function matmulRows(runner: OpRunner, a: NativeTensor, b: NativeTensor, transposeB: boolean): NativeTensor {
  const rows = reshape(runner, a, [-1, a.shape.at(-1) ?? 0]) // [N, K]
  const product = matmul(runner, rows, b, { transposeB }) // [N, P]
  const result = reshape(runner, product, [...a.shape.slice(0, -1), product.shape[1] ?? 0]) // [..., M, P]
  runner.free(rows, product)
  return result
}
