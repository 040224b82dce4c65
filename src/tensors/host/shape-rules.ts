import { MedtuneError } from '../../errors.js'
import { elementCount } from '../dtype.js'

/** The error of an operation that was given operands it is not defined for: a bug of the caller, not of the user. */
export function shapeError(operation: string, rule: string, received: string): MedtuneError {
  return new MedtuneError('INTERNAL', `${operation}: ${rule}; got ${received}.`)
}

/** NumPy's broadcast of two shapes. */
export function broadcastShape(operation: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const sizeA = a[a.length - rank + i] ?? 1
    const sizeB = b[b.length - rank + i] ?? 1
    if (sizeA === sizeB || sizeB === 1) return sizeA
    if (sizeA === 1) return sizeB
    throw shapeError(operation, 'shapes must broadcast', `[${a}] and [${b}]`)
  })
}

/** An axis counted from the front. */
export function frontAxis(operation: string, axis: number, rank: number): number {
  const front = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(front) || front < 0 || front >= rank) {
    throw shapeError(operation, `axis must be in ${-rank}..${rank - 1}`, String(axis))
  }
  return front
}

/** A shape in which one size may be −1, completed for `count` elements. */
export function completeShape(shape: readonly number[], count: number): number[] {
  const known = elementCount(shape.filter((size) => size !== -1))
  const open = shape.filter((size) => size === -1).length
  const completed = shape.map((size) => (size === -1 ? (known === 0 ? 0 : count / known) : size))
  if (open > 1 || !completed.every(Number.isInteger) || elementCount(completed) !== count) {
    throw shapeError('reshape', `the new shape must hold ${count} elements`, `[${shape}]`)
  }
  return completed
}

/** Elements between neighbours along each axis of a row-major array. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  for (let axis = shape.length - 1, stride = 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis] as number
  }
  return strides
}

/** Strides that walk an operand of `shape` along a broadcast result of `outShape`: 0 where it repeats. */
export function broadcastStrides(shape: readonly number[], outShape: readonly number[]): number[] {
  const own = rowMajorStrides(shape)
  const missing = outShape.length - shape.length
  return outShape.map((_, axis) => {
    const from = axis - missing
    return from < 0 || shape[from] === 1 ? 0 : (own[from] as number)
  })
}
