import { rowMajorStrides } from './shape-rules.js'
import { forEachRun, mergeAxes } from './strided-walk.js'

/** Bits that are moved, never computed with: 4-byte elements go as integers so that NaN payloads survive. */
export type Bits = Int32Array | Uint8Array

/** A row-major array and where in it a box starts. */
export interface Box {
  readonly bits: Bits
  readonly shape: readonly number[]
  readonly begin: readonly number[]
}

/** Copies a box of `size` elements per axis from one array into another of the same rank. */
export function copyBox(from: Box, to: Box, size: readonly number[]): void {
  const fromStrides = rowMajorStrides(from.shape)
  const toStrides = rowMajorStrides(to.shape)
  const fromStart = dot(from.begin, fromStrides)
  const toStart = dot(to.begin, toStrides)
  const walk = mergeAxes(size, [fromStrides, toStrides])
  const isRun = walk.strides.every((own) => own.at(-1) === 1)
  const count = isRun ? (walk.sizes.at(-1) as number) : 1
  forEachRun(
    walk,
    (offsets) => {
      const [fromOffset, toOffset] = offsets as [number, number]
      copyRun(from.bits, fromStart + fromOffset, to.bits, toStart + toOffset, count)
    },
    isRun ? 1 : 0,
  )
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

/** out = x with its axes in the order of `permutation`. */
export function transposeLoop(
  x: Bits,
  shape: readonly number[],
  permutation: readonly number[],
  out: Bits,
): void {
  const strides = rowMajorStrides(shape)
  const outShape = permutation.map((axis) => shape[axis] as number)
  const fromStrides = permutation.map((axis) => strides[axis] as number)
  const walk = mergeAxes(outShape, [fromStrides, rowMajorStrides(outShape)])
  const axes = walk.sizes.length
  const columns = walk.sizes[axes - 1] as number
  const fromStep = walk.strides[0]?.[axes - 1] as number
  if (fromStep === 1) {
    forEachRun(walk, (offsets) => {
      const [from, to] = offsets as [number, number]
      copyRun(x, from, out, to, columns)
    })
    return
  }
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
