import { productKernels } from './product-kernels.js'
import { vectorKernels } from './vector-kernels.js'
import { moduleBytes } from './wasm-code.js'
import { type WebAssemblyModule, webAssembly } from './web-assembly.js'

/** The project's own kernels; see `product-kernels.ts` and `vector-kernels.ts` for their arguments. */
export interface SimdKernels {
  affine(x: number, out: number, count: number, factor: number, term: number): void
  sigmoidGrad(y: number, dy: number, out: number, count: number): void
  accumulate(x: number, out: number, count: number): void
  rowSums(x: number, out: number, rows: number, width: number): void
  rowNorms(x: number, out: number, rows: number, width: number): void
  rowMaxima(x: number, out: number, rows: number, width: number): void
  copyLines(from: number, fromStep: number, to: number, toStep: number, lines: number, width: number): void
  rotate(x: number, cos: number, sin: number, out: number, pairs: number, direction: number): void
}

let compiled: WebAssemblyModule | undefined

/** Compiled once per process; its instances import the memory they work on. */
export function simdModule(): WebAssemblyModule {
  compiled ??= new webAssembly.Module(moduleBytes([...productKernels(), ...vectorKernels()]))
  return compiled
}
