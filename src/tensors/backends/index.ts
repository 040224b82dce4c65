import type { Backend } from '../backend.js'
import { cpuBackend } from './cpu.js'
import { cudaBackend } from './cuda.js'
import { nativeBackend } from './native.js'
import { wasmBackend } from './wasm.js'

/** By priority: the first that starts is used. To add one: a file here and a line. */
export const backends: readonly Backend[] = [cudaBackend, nativeBackend, wasmBackend, cpuBackend]
