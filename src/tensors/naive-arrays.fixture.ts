import { Random } from './random.js'

/** An array in host memory whose operations are written index by index: slow and plainly right. */
export interface NaiveArray {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Calls `value` with every index of a shape, row-major. */
export function arrayOf(shape: readonly number[], value: (index: readonly number[]) => number): NaiveArray {
  const count = shape.reduce((product, size) => product * size, 1)
  const data = Float32Array.from({ length: count }, (_, flat) => value(indexAt(shape, flat)))
  return { shape, data }
}

/** Numbers from a normal distribution, the same for one seed. */
export function randomArray(shape: readonly number[], seed: number): NaiveArray {
  const random = new Random(seed)
  return arrayOf(shape, () => random.normal())
}

/** The element at an index; axes of size 1 repeat and missing leading axes are ignored, as in broadcasting. */
export function at({ shape, data }: NaiveArray, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length)
  const flat = shape.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : (own[axis] ?? 0)), 0)
  return data[flat] ?? Number.NaN
}

export function broadcastOf(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [sizeA, sizeB] = [a.at(i - rank) ?? 1, b.at(i - rank) ?? 1]
    return i < rank - a.length ? sizeB : i < rank - b.length ? sizeA : sizeA === 1 ? sizeB : sizeA
  })
}

export function naiveMatmul(
  a: NaiveArray,
  b: NaiveArray,
  transposeA = false,
  transposeB = false,
): NaiveArray {
  const swap = (pair: readonly number[], swapped: boolean): number[] =>
    swapped ? [...pair].reverse() : [...pair]
  const [rows = 0, inner = 0] = swap(a.shape.slice(-2), transposeA)
  const [, columns = 0] = swap(b.shape.slice(-2), transposeB)
  const batch = broadcastOf(a.shape.slice(0, -2), b.shape.slice(0, -2))
  return arrayOf([...batch, rows, columns], (index) => {
    const [row = 0, column = 0] = index.slice(-2)
    const outer = index.slice(0, -2)
    let sum = 0
    for (let k = 0; k < inner; k++) {
      sum +=
        at(a, [...outer, ...swap([row, k], transposeA)]) * at(b, [...outer, ...swap([k, column], transposeB)])
    }
    return sum
  })
}

/** Rows of the last axis, each replaced by `change(row)`. */
export function mapRows(x: NaiveArray, change: (row: readonly number[]) => readonly number[]): NaiveArray {
  const width = x.shape.at(-1) ?? 1
  const rows = Array.from({ length: x.data.length / (width || 1) }, (_, row) =>
    change(Array.from(x.data.subarray(row * width, (row + 1) * width))),
  )
  return { shape: [...x.shape.slice(0, -1), rows[0]?.length ?? width], data: Float32Array.from(rows.flat()) }
}

export function naiveSoftmax(row: readonly number[]): number[] {
  const top = Math.max(...row)
  const weights = row.map((value) => Math.exp(value - top))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

function indexAt(shape: readonly number[], flat: number): number[] {
  const index = new Array<number>(shape.length)
  for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
    const size = shape[axis] as number
    index[axis] = rest % size
    rest = Math.floor(rest / size)
  }
  return index
}
