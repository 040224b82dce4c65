import type { MatmulOptions, Tensor } from '../ops.js'
import { broadcastShape, broadcastStrides, rowMajorStrides, shapeError } from './shape-rules.js'
import { forEachRun, mergeAxes } from './strided-walk.js'

/** One product C[M, P] = A'[M, K] · B'[K, P] of a batch, as element offsets into the operands and the result. */
export interface MatrixOffsets {
  readonly a: number
  readonly b: number
  readonly out: number
}

/** A batched product taken apart into plain ones. */
export interface MatmulPlan {
  readonly rows: number
  readonly inner: number
  readonly columns: number
  readonly transposeA: boolean
  readonly transposeB: boolean
  readonly outShape: readonly number[]
  readonly products: readonly MatrixOffsets[]
}

/**
 * Reads M, K, P and the broadcast batch from the operands' shapes. Neighbouring products that use one B and rows of A
 * that follow each other are joined into one with more rows: [B, T, in] · W becomes [B·T, in] · W.
 */
export function planMatmul(a: Tensor, b: Tensor, options: MatmulOptions): MatmulPlan {
  const { transposeA = false, transposeB = false } = options
  if (a.shape.length < 2 || b.shape.length < 2) throw mismatch(a, b, 'operands must have rank 2 or more')
  if (a.dtype !== b.dtype) throw mismatch(a, b, 'operands must have one dtype')
  const [a0, a1] = a.shape.slice(-2) as [number, number]
  const [b0, b1] = b.shape.slice(-2) as [number, number]
  const [rows, inner] = transposeA ? [a1, a0] : [a0, a1]
  const [innerB, columns] = transposeB ? [b1, b0] : [b0, b1]
  if (inner !== innerB) throw mismatch(a, b, 'inner sizes must agree')
  const plan = { inner, columns, transposeA, transposeB }
  if (a.shape.length === 2 && b.shape.length === 2) {
    return { ...plan, rows, outShape: [rows, columns], products: [{ a: 0, b: 0, out: 0 }] }
  }
  const batchA = a.shape.slice(0, -2)
  const batchB = b.shape.slice(0, -2)
  const batch = broadcastShape('matmul', batchA, batchB)
  const walk = mergeAxes(batch, [
    broadcastStrides(batchA, batch),
    broadcastStrides(batchB, batch),
    rowMajorStrides(batch),
  ])
  const [stepA, stepB] = walk.strides.map((own) => own.at(-1) as number)
  const last = walk.sizes.at(-1) as number
  const joins = !transposeA && last > 1 && stepA === 1 && stepB === 0
  const products: MatrixOffsets[] = []
  forEachRun(walk, (offsets) => {
    const [fromA, fromB, to] = offsets as [number, number, number]
    for (let i = 0; i < (joins ? 1 : last); i++) {
      products.push({
        a: (fromA + i * (stepA as number)) * rows * inner,
        b: (fromB + i * (stepB as number)) * inner * columns,
        out: (to + i) * rows * columns,
      })
    }
  })
  const joinedRows = joins ? rows * last : rows
  const outShape = [...batch, rows, columns]
  return { ...plan, rows: joinedRows, outShape, products }
}

function mismatch(a: Tensor, b: Tensor, rule: string): Error {
  return shapeError('matmul', rule, `${a.dtype} [${a.shape}] and ${b.dtype} [${b.shape}]`)
}
