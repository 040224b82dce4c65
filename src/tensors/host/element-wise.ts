import { broadcastStrides } from './shape-rules.js'
import { forEachRun, mergeAxes } from './strided-walk.js'

export type BinaryKind = 'add' | 'sub' | 'mul' | 'div'

/** One operand of a broadcasting loop. */
export interface Operand {
  readonly values: Float32Array
  readonly shape: readonly number[]
}

/**
 * out = a ∘ b, broadcast to `out.shape`. One loop per operation, with strides 0 or 1 inside, because a callback per
 * element would cost more than the arithmetic.
 */
export function binaryLoop(kind: BinaryKind, a: Operand, b: Operand, out: Operand): void {
  const strides = [a, b, out].map((operand) => broadcastStrides(operand.shape, out.shape))
  const walk = mergeAxes(out.shape, strides)
  const count = walk.sizes.at(-1) as number
  const stepA = walk.strides[0]?.at(-1) as number
  const stepB = walk.strides[1]?.at(-1) as number
  const run = binaryRuns[kind]
  forEachRun(walk, (offsets) => {
    const [fromA, fromB, to] = offsets as [number, number, number]
    run(a.values, fromA, stepA, b.values, fromB, stepB, out.values, to, count)
  })
}

type BinaryRun = (
  a: Float32Array,
  fromA: number,
  stepA: number,
  b: Float32Array,
  fromB: number,
  stepB: number,
  out: Float32Array,
  to: number,
  count: number,
) => void

const binaryRuns: Record<BinaryKind, BinaryRun> = {
  add(a, fromA, stepA, b, fromB, stepB, out, to, count) {
    for (let i = 0; i < count; i++) {
      out[to + i] = (a[fromA + i * stepA] as number) + (b[fromB + i * stepB] as number)
    }
  },
  sub(a, fromA, stepA, b, fromB, stepB, out, to, count) {
    for (let i = 0; i < count; i++) {
      out[to + i] = (a[fromA + i * stepA] as number) - (b[fromB + i * stepB] as number)
    }
  },
  mul(a, fromA, stepA, b, fromB, stepB, out, to, count) {
    for (let i = 0; i < count; i++) {
      out[to + i] = (a[fromA + i * stepA] as number) * (b[fromB + i * stepB] as number)
    }
  },
  div(a, fromA, stepA, b, fromB, stepB, out, to, count) {
    for (let i = 0; i < count; i++) {
      out[to + i] = (a[fromA + i * stepA] as number) / (b[fromB + i * stepB] as number)
    }
  },
}

export type UnaryKind = 'square' | 'sqrt' | 'rsqrt' | 'exp' | 'log' | 'tanh' | 'sigmoid'

type UnaryRun = (x: Float32Array, out: Float32Array) => void

/** out[i] = f(x[i]), one loop per function for the same reason. */
export const unaryLoops: Record<UnaryKind, UnaryRun> = {
  square(x, out) {
    for (let i = 0; i < x.length; i++) out[i] = (x[i] as number) * (x[i] as number)
  },
  sqrt(x, out) {
    for (let i = 0; i < x.length; i++) out[i] = Math.sqrt(x[i] as number)
  },
  rsqrt(x, out) {
    for (let i = 0; i < x.length; i++) out[i] = 1 / Math.sqrt(x[i] as number)
  },
  exp(x, out) {
    for (let i = 0; i < x.length; i++) out[i] = Math.exp(x[i] as number)
  },
  log(x, out) {
    for (let i = 0; i < x.length; i++) out[i] = Math.log(x[i] as number)
  },
  tanh(x, out) {
    for (let i = 0; i < x.length; i++) out[i] = Math.tanh(x[i] as number)
  },
  sigmoid(x, out) {
    for (let i = 0; i < x.length; i++) out[i] = 1 / (1 + Math.exp(-(x[i] as number)))
  },
}

/** out = x · factor + term */
export function affineLoop(x: Float32Array, factor: number, term: number, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) out[i] = (x[i] as number) * factor + term
}

/** out = out + x */
export function accumulateLoop(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) out[i] = (out[i] as number) + (x[i] as number)
}

/** out = dy · y · (1 − y) */
export function sigmoidGradLoop(y: Float32Array, dy: Float32Array, out: Float32Array): void {
  for (let i = 0; i < y.length; i++) out[i] = (dy[i] as number) * (y[i] as number) * (1 - (y[i] as number))
}
