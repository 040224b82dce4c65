import { rowMajorStrides } from './shape-rules.js'
import { forEachRun, mergeAxes, type StridedWalk } from './strided-walk.js'

/** Bits that are moved, never computed with: 4-byte elements go as integers so that NaN payloads survive. */
export type Bits = Int32Array | Uint8Array

/** Where in a row-major array a box starts. */
export interface BoxPlace {
  readonly shape: readonly number[]
  readonly begin: readonly number[]
}

/** Runs of neighbouring elements that move from one array to another; offsets in elements. */
export interface RunPlan {
  /** Walks the runs: operand 0 is the source, 1 the target; the innermost axis is the run itself. */
  readonly walk: StridedWalk
  readonly fromStart: number
  readonly toStart: number
}

/** The runs that move a box of `size` elements per axis from one array into another of the same rank. */
export function planBox(from: BoxPlace, to: BoxPlace, size: readonly number[]): RunPlan {
  const [fromStrides, toStrides] = [rowMajorStrides(from.shape), rowMajorStrides(to.shape)]
  return {
    walk: asRuns(mergeAxes(size, [fromStrides, toStrides])),
    fromStart: dot(from.begin, fromStrides),
    toStart: dot(to.begin, toStrides),
  }
}

/** Where the last axis is cut to single elements, they are runs of length 1. */
function asRuns(walk: StridedWalk): StridedWalk {
  if (movesRuns(walk)) return walk
  return { sizes: [...walk.sizes, 1], strides: walk.strides.map((own) => [...own, 1]) }
}

export function copyRuns({ walk, fromStart, toStart }: RunPlan, from: Bits, to: Bits): void {
  const count = walk.sizes.at(-1) as number
  forEachRun(walk, (offsets) => {
    const [fromOffset, toOffset] = offsets as [number, number]
    copyRun(from, fromStart + fromOffset, to, toStart + toOffset, count)
  })
}

/** A short run costs less element by element than a call of `set` with a view. */
function copyRun(from: Bits, fromStart: number, to: Bits, toStart: number, count: number): void {
  if (count > 64) to.set(from.subarray(fromStart, fromStart + count), toStart)
  else for (let i = 0; i < count; i++) to[toStart + i] = from[fromStart + i] as number
}

/** Rows `indices` of a table of rows of `width` elements. */
export function gatherLoop(table: Bits, indices: Int32Array, width: number, out: Bits): void {
  for (let row = 0; row < indices.length; row++) {
    copyRun(table, (indices[row] as number) * width, out, row * width, width)
  }
}

const tile = 16

/** The walk over a transposed array: operand 0 is the source, 1 the target. */
export function planTranspose(shape: readonly number[], permutation: readonly number[]): StridedWalk {
  const strides = rowMajorStrides(shape)
  const outShape = permutation.map((axis) => shape[axis] as number)
  const fromStrides = permutation.map((axis) => strides[axis] as number)
  return mergeAxes(outShape, [fromStrides, rowMajorStrides(outShape)])
}

/** Whether a walk moves whole runs, the last axis being contiguous on both sides. */
export function movesRuns(walk: StridedWalk): boolean {
  return walk.strides.every((own) => own.at(-1) === 1)
}

/** A transposition whose last axis jumps through the source. */
export function transposeLoop(walk: StridedWalk, x: Bits, out: Bits): void {
  const axes = walk.sizes.length
  const columns = walk.sizes[axes - 1] as number
  const fromStep = walk.strides[0]?.[axes - 1] as number
  // The last output axis jumps through the input: the input's own last axis is brought inside as well, in square tiles.
  const inner = (walk.strides[0] as number[]).indexOf(1)
  const rows = walk.sizes[inner] as number
  const toStep = walk.strides[1]?.[inner] as number
  const outer = walk.sizes.map((_, axis) => axis).filter((axis) => axis !== inner && axis !== axes - 1)
  const pick = (values: readonly number[]): number[] => outer.map((axis) => values[axis] as number)
  const outerWalk = { sizes: pick(walk.sizes), strides: walk.strides.map(pick) }
  if (rows === 0 || columns === 0) return
  forEachRun(
    outerWalk,
    (offsets) => {
      const [from, to] = offsets as [number, number]
      transposePlane(x, from, fromStep, out, to, toStep, rows, columns)
    },
    0,
  )
}

/** out[r · toStep + c] = x[r + c · fromStep] */
function transposePlane(
  x: Bits,
  from: number,
  fromStep: number,
  out: Bits,
  to: number,
  toStep: number,
  rows: number,
  columns: number,
): void {
  for (let top = 0; top < rows; top += tile) {
    const bottom = Math.min(top + tile, rows)
    for (let left = 0; left < columns; left += tile) {
      const right = Math.min(left + tile, columns)
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          out[to + row * toStep + column] = x[from + row + column * fromStep] as number
        }
      }
    }
  }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, i) => total + value * (b[i] as number), 0)
}
