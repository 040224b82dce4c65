import path from 'node:path'
import { MedtuneError } from '../../errors.js'
import { attributeTypes, bindingFileName, libraryStartFileName, tensorflowTypes } from './binding.js'
import type { CudaManifest } from './binding-cache.js'
import { cudaEnvironment } from './cuda/prepare-cuda.js'
import { runProcess } from './run-process.js'

export interface Verification {
  /** As the loaded library says it. */
  readonly tensorflowVersion: string
  /** Rate of a 1024 × 1024 float32 product. */
  readonly gflops: number
}

/**
 * Multiplies two matrices with a compiled binding in a process of its own, so that a library that ends its process
 * (an instruction the processor lacks, a missing sub-library) is a message and not a crash.
 * @throws MedtuneError SETUP_FAILED with what went wrong
 */
export async function verifyBinding(
  folder: string,
  options: { readonly signal?: AbortSignal | undefined; readonly cuda?: CudaManifest | undefined } = {},
): Promise<Verification> {
  const { signal, cuda } = options
  const modules = [libraryStartFileName, bindingFileName].map((name) => path.join(folder, name))
  const args = ['-e', checkProgram, ...modules, ...(cuda?.libraries ?? [])]
  const device = cuda === undefined ? { CUDA_VISIBLE_DEVICES: '' } : cudaEnvironment(cuda)
  const result = await runProcess(process.execPath, args, {
    timeoutMs: 120_000,
    env: { ...process.env, ...device },
    ...(signal === undefined ? {} : { signal }),
  })
  signal?.throwIfAborted()
  if (result.exitCode === 0) return JSON.parse(result.stdout) as Verification
  throw verificationError(result.endedBy, result.stderr)
}

/** @param log what the process wrote on standard error */
export function verificationError(endedBy: string | null, log: string): MedtuneError {
  const lines = log.split('\n').map((line) => line.trim())
  const said =
    lines.find((line) => /Error:|fatal|not available|cannot open/i.test(line)) ?? lines.at(-1) ?? ''
  const ending = endedBy === null ? '' : ` (ended by ${endedBy})`
  const remedy =
    endedBy === 'SIGILL' || /instructions, but these aren't available/.test(log)
      ? 'This TensorFlow needs a newer processor: install one built for yours, or use --backend wasm.'
      : 'Check that TensorFlow itself works (python -c "import tensorflow"), then run: medtune setup --cpu --force'
  return new MedtuneError(
    'SETUP_FAILED',
    `the compiled TensorFlow binding must multiply two matrices; it did not${ending}: ${said.slice(0, 400)}. ${remedy}`,
  )
}

const checkProgram = `
const [startFile, bindingFile, ...libraries] = process.argv.slice(1)
const start = require(startFile)
for (const library of libraries) {
  const problem = start.preload(library)
  if (problem !== undefined) throw new Error(problem)
}
const binding = require(bindingFile)
if (libraries.length > 0 && !binding.isUsingGpuDevice()) throw new Error('TensorFlow found no graphics card')
const size = 1024
const ones = new Uint8Array(new Float32Array(size * size).fill(1).buffer)
const id = binding.uploadTensor([size, size], ${tensorflowTypes.float32}, ones)
const attributes = [
  { name: 'transpose_a', type: ${attributeTypes.bool}, value: false },
  { name: 'transpose_b', type: ${attributeTypes.bool}, value: false },
  { name: 'T', type: ${attributeTypes.type}, value: ${tensorflowTypes.float32} },
]
let best = Infinity
let element = 0
for (let round = 0; round < 10; round++) {
  const start = performance.now()
  const [product] = binding.executeOp('MatMul', attributes, [id, id], 1)
  best = Math.min(best, performance.now() - start)
  if (round === 0) element = new Float32Array(binding.downloadTensor(product.id))[size]
  binding.deleteTensor(product.id)
}
if (element !== size) throw new Error('wrong product: ' + element + ' instead of ' + size)
const gflops = Math.round(2 * size ** 3 / (best * 1e6))
process.stdout.write(JSON.stringify({ tensorflowVersion: binding.TF_Version, gflops }))
`
