import { createRequire } from 'node:module'
import path from 'node:path'
import { MedtuneError } from '../../errors.js'

/** One attribute of a TensorFlow operation, as the binding takes it. */
export interface OpAttribute {
  readonly name: string
  /** One of `attributeTypes`. */
  readonly type: number
  readonly value: number | boolean | string
}

/** What the compiled binding returns for each output of an operation. */
interface BindingTensor {
  readonly id: number
  readonly shape: number[]
  /** TensorFlow's number of the dtype (`tensorflowTypes`). */
  readonly dtype: number
}

/** The compiled tfjs-node binding with the methods of `binding-methods.cc`. */
export interface NativeBinding {
  readonly TF_Version: string
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputIds: readonly number[],
    outputCount: number,
  ): BindingTensor[]
  deleteTensor(id: number): void
  getNumOfTensors(): number
  isUsingGpuDevice(): boolean
  uploadTensor(shape: readonly number[], dtype: number, bytes: Uint8Array): number
  downloadTensor(id: number): ArrayBuffer
  /** Where the tensor's memory is: `/job:localhost/replica:0/task:0/device:GPU:0`. */
  tensorDevice(id: number): string
  /** @param compile by XLA, at the first call for each shapes of its inputs */
  addFunction(
    name: string,
    graphDef: Uint8Array,
    inputs: readonly string[],
    outputs: readonly string[],
    compile: boolean,
  ): void
  removeFunction(name: string): void
  setQuiet(): void
}

/** TensorFlow's numbers for dtypes (`TF_DataType`). */
export const tensorflowTypes = {
  float32: 1,
  int32: 3,
  uint8: 4,
  complex64: 8,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  complex128: 18,
  float16: 19,
} as const

/** TensorFlow's numbers for kinds of attributes (`TF_AttrType`). */
export const attributeTypes = { string: 0, int: 1, float: 2, bool: 3, type: 4 } as const

/** File names inside a folder of the binding cache. */
export const bindingFileName = 'tfjs_binding.node'
export const libraryStartFileName = 'library_start.node'

/** What `library-start.cc` exports. */
interface LibraryStart {
  mute(): void
  restore(): void
  preload(file: string): string | undefined
}

let loaded: { readonly folder: string; readonly binding: NativeBinding } | undefined

/**
 * Loads the compiled binding and TensorFlow with it, without the lines TensorFlow logs while it starts
 * (`MEDTUNE_DEBUG` shows them). A process has one TensorFlow: on a graphics card or on the processor.
 *
 * @param device what it must compute on
 * @param preload libraries to load before, by absolute path and in this order
 * @throws BACKEND_UNAVAILABLE when the dynamic loader refuses it, or TensorFlow finds no card, or already runs on another device
 */
export function loadBinding(
  folder: string,
  device: 'cpu' | 'gpu' = 'cpu',
  preload: readonly string[] = [],
): NativeBinding {
  loaded ??= { folder, binding: loadModules(folder, device, preload) }
  const runsOn = loaded.binding.isUsingGpuDevice() ? 'gpu' : 'cpu'
  if (runsOn === device) return loaded.binding
  throw new MedtuneError(
    'BACKEND_UNAVAILABLE',
    device === 'gpu'
      ? 'TensorFlow must find a graphics card it can use; it found none. Run: medtune doctor'
      : 'TensorFlow must compute on the processor for this backend; in this process it runs on a graphics card. Start another process.',
  )
}

function loadModules(folder: string, device: 'cpu' | 'gpu', preload: readonly string[]): NativeBinding {
  const load = createRequire(import.meta.url)
  const loud = process.env.MEDTUNE_DEBUG !== undefined
  // Read by older TensorFlow releases, which log through it instead of through absl.
  if (!loud) process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
  if (device === 'cpu') {
    // A build with CUDA would take the card by itself.
    process.env.CUDA_VISIBLE_DEVICES = ''
    // Each operation of a recorded function takes all processors; two at a time take them from each other.
    process.env.TF_NUM_INTEROP_THREADS ??= '1'
  }
  try {
    const start = load(path.join(folder, libraryStartFileName)) as LibraryStart
    if (!loud) start.mute()
    try {
      for (const file of preload) {
        const problem = start.preload(file)
        if (problem !== undefined) throw new Error(problem)
      }
      const binding = load(path.join(folder, bindingFileName)) as NativeBinding
      if (!loud) binding.setQuiet()
      return binding
    } finally {
      if (!loud) start.restore()
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new MedtuneError(
      'BACKEND_UNAVAILABLE',
      `TensorFlow binding must load; ${folder} gave: ${reason}. Run: medtune setup --${device} --force`,
      { cause: error },
    )
  }
}
