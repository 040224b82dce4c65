import type { MatmulPlan } from '../host/matmul-plan.js'
import type { KernelCall } from './compute-threads.js'

/** Kernels that calls name by place. */
export const productKernelNames = ['product', 'rowProducts'] as const
const product = 0
const rowProducts = 1

/** Heap addresses of a product's operands. */
export interface ProductAddresses {
  readonly a: number
  readonly b: number
  readonly out: number
}

/**
 * Writes a planned product as kernel calls that do not depend on each other.
 * @param pieces into how many calls the work should fall at least
 */
export function matrixTasks(plan: MatmulPlan, base: ProductAddresses, pieces: number): KernelCall[] {
  const perProduct = Math.ceil(pieces / plan.products.length)
  return plan.products.flatMap((at) => {
    const addresses = { a: base.a + 4 * at.a, b: base.b + 4 * at.b, out: base.out + 4 * at.out }
    return isOneRow(plan) ? oneRowTasks(plan, addresses, perProduct) : blockTasks(plan, addresses, perProduct)
  })
}

/** Multiply-adds of the whole plan. */
export function workOf({ rows, inner, columns, products }: MatmulPlan): number {
  return rows * inner * columns * products.length
}

/** One row (or column) against contiguous lines of the other operand: packing would cost more than the product. */
function isOneRow({ rows, columns, transposeA, transposeB }: MatmulPlan): boolean {
  return (rows === 1 && transposeB) || (columns === 1 && !transposeA)
}

function oneRowTasks(plan: MatmulPlan, { a, b, out }: ProductAddresses, pieces: number): KernelCall[] {
  const { rows, inner, columns } = plan
  const [x, lines, count] = rows === 1 && plan.transposeB ? [a, b, columns] : [b, a, rows]
  return ranges(count, pieces, 4).map(([from, size]) => [
    rowProducts,
    x,
    lines + 4 * inner * from,
    4 * inner,
    out + 4 * from,
    size,
    inner,
  ])
}

function blockTasks(plan: MatmulPlan, { a, b, out }: ProductAddresses, pieces: number): KernelCall[] {
  const { rows, inner, columns, transposeA, transposeB } = plan
  const [aRow, aInner] = transposeA ? [4, 4 * rows] : [4 * inner, 4]
  const [bColumn, bInner] = transposeB ? [4 * inner, 4] : [4, 4 * columns]
  const call = (row: number, height: number, column: number, width: number): KernelCall => [
    product,
    a + row * aRow,
    aRow,
    aInner,
    b + column * bColumn,
    bColumn,
    bInner,
    out + 4 * (row * columns + column),
    4 * columns,
    height,
    width,
    inner,
  ]
  // Each piece packs the whole of the operand that is not cut: the larger one is cut.
  return rows >= columns
    ? ranges(rows, pieces, 4).map(([row, height]) => call(row, height, 0, columns))
    : ranges(columns, pieces, 8).map(([column, width]) => call(0, rows, column, width))
}

/** Cuts 0 … count into about `pieces` ranges [from, size] that start at multiples of `step`. */
function ranges(count: number, pieces: number, step: number): [from: number, size: number][] {
  const size = Math.ceil(count / pieces / step) * step
  const starts = Array.from({ length: Math.ceil(count / size) }, (_, i) => i * size)
  return starts.map((from) => [from, Math.min(size, count - from)])
}
